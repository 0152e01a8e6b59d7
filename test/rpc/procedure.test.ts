import { create } from "@bufbuild/protobuf";
import { createHandlerContext, type HandlerContext } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { Health, HealthCheckRequestSchema } from "../../gen/health/v1/health_pb.ts";
import { FeatureService, GetFeatureRequestSchema } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Guard } from "../../src/rpc/guard.ts";
import { createHealth } from "../../src/rpc/health.ts";
import { connectProcedures, type Procedure, procedurePath, procedures, type Service } from "../../src/rpc/procedure.ts";
import { echo } from "../server/test-server.ts";
import { collect } from "./collect.ts";

function contextOf({ method }: Procedure, requestHeader: Record<string, string> = {}): HandlerContext {
  const url = `http://x${procedurePath(method)}`;
  return createHandlerContext({
    service: method.parent,
    method,
    protocolName: "grpc",
    requestMethod: "POST",
    url,
    requestHeader,
  });
}

function find(table: readonly Procedure[], name: string): Procedure & { kind: "unary" } {
  const procedure = table.find(({ method }) => method.name === name);
  if (procedure?.kind !== "unary") {
    throw new Error(`${name} is not in the table, or not unary`);
  }
  return procedure;
}

/** A guard that writes down when it wraps and when it is passed. */
function recorder(name: string, record: string[]): Guard {
  return {
    single(method, next) {
      record.push(`${name} wraps ${method.name}`);
      return (input, context) => {
        record.push(`${name} passes ${method.name}`);
        return next(input, context);
      };
    },
    stream(method, next) {
      record.push(`${name} wraps ${method.name}`);
      return (input, context) => {
        record.push(`${name} passes ${method.name}`);
        return next(input, context);
      };
    },
  };
}

test("every method of a service becomes a procedure under its path", () => {
  const paths = procedures(FeatureService, echo, []).map(({ method }) => procedurePath(method));
  expect(paths).toEqual([
    "/orgflags.v1.FeatureService/ListFeatures",
    "/orgflags.v1.FeatureService/GetFeature",
    "/orgflags.v1.FeatureService/ListFeatureOrgs",
    "/orgflags.v1.FeatureService/CreateFeature",
    "/orgflags.v1.FeatureService/UpdateFeature",
    "/orgflags.v1.FeatureService/DeleteFeature",
  ]);
});

test("an answer that is there stays synchronous through the guards", () => {
  const getFeature = find(procedures(FeatureService, echo, [recorder("a", [])]), "GetFeature");
  const request = create(GetFeatureRequestSchema, { featureKey: "sms" });
  expect(getFeature.impl(request, contextOf(getFeature))).toEqual({ feature: { featureKey: "sms" } });
});

test("guards wrap once, the first of them outermost", () => {
  const record: string[] = [];
  const guards = [recorder("outer", record), recorder("inner", record)];
  const getFeature = find(procedures(FeatureService, echo, guards), "GetFeature");
  record.length = 0;
  const request = create(GetFeatureRequestSchema);
  getFeature.impl(request, contextOf(getFeature));
  getFeature.impl(request, contextOf(getFeature));
  const passing = ["outer passes GetFeature", "inner passes GetFeature"];
  expect(record).toEqual([...passing, ...passing]);
});

test("streams pass the same guards", () => {
  const record: string[] = [];
  connectProcedures(Health, createHealth([]).implementation, [recorder("a", record)]);
  expect(record).toEqual(["a wraps Check", "a wraps Watch", "a wraps List"]);
});

test("metadata becomes the call", () => {
  const createFeature = find(procedures(FeatureService, echo, []), "CreateFeature");
  const headers = { "orgflags-actor": "ops", "orgflags-reason": "rollout" };
  const answer = createFeature.impl(create(createFeature.method.input), contextOf(createFeature, headers));
  expect(answer).toMatchObject({ feature: { description: "ops|rollout" } });
});

test("methods are called on their service", () => {
  class Features {
    readonly key = "from this";
    listFeatures = echo.listFeatures;
    listFeatureOrgs = echo.listFeatureOrgs;
    createFeature = echo.createFeature;
    updateFeature = echo.updateFeature;
    deleteFeature = echo.deleteFeature;
    getFeature() {
      return { feature: { featureKey: this.key } };
    }
  }
  const getFeature = find(procedures(FeatureService, new Features(), []), "GetFeature");
  const answer = getFeature.impl(create(GetFeatureRequestSchema), contextOf(getFeature));
  expect(answer).toEqual({ feature: { featureKey: "from this" } });
});

test("a method without an implementation is refused when the table is built", () => {
  const { deleteFeature: _, ...incomplete } = echo;
  // @ts-expect-error The type asks for every method, too.
  const build = () => procedures(FeatureService, incomplete, []);
  expect(build).toThrow(new TypeError("rpc orgflags.v1.FeatureService.DeleteFeature needs an implementation"));
});

test("a service that takes streams is refused as one without transport", () => {
  const serverReflectionInfo = () => {};
  // @ts-expect-error The type has no place for a stream of requests, either.
  const build = () => procedures(ServerReflection, { serverReflectionInfo }, []);
  const method = "rpc grpc.reflection.v1.ServerReflection.ServerReflectionInfo";
  expect(build).toThrow(new TypeError(`${method} takes a stream, which a service without transport can't`));
});

test("a method that answers a stream takes the request and when to end", async () => {
  const { signal } = new AbortController();
  const seen: unknown[] = [];
  const service: Service<typeof Health> = {
    check: () => ({}),
    list: () => ({}),
    async *watch({ service: name }, call, end) {
      seen.push(name, call, end.signal === signal);
      yield { status: 1 };
    },
  };
  const watch = procedures(Health, service, []).find(({ method }) => method.name === "Watch");
  if (watch?.kind !== "server_streaming") {
    expect.fail("Watch is no stream");
  }
  const context = Object.assign(contextOf(watch), { signal });
  const messages = await collect(watch.impl(create(HealthCheckRequestSchema, { service: "a" }), context));
  expect(messages).toEqual([{ status: 1 }]);
  expect(seen).toEqual(["a", { actor: "anonymous", reason: "" }, true]);
});
