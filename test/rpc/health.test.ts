import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { describe, expect, onTestFinished, test } from "vitest";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { startServer } from "../server/test-server.ts";

async function connect() {
  const { url, health } = await startServer();
  const left = new AbortController();
  onTestFinished(() => left.abort());
  const client = createClient(Health, createGrpcTransport({ baseUrl: url }));
  const watch = (service: string) => client.watch({ service }, { signal: left.signal })[Symbol.asyncIterator]();
  return { client, health, watch, left };
}

describe.each(["", "orgflags.v1.FeatureService", "grpc.health.v1.Health"])("the health of %j", (service) => {
  test("is checked", async () => {
    const { client, health } = await connect();
    expect((await client.check({ service })).status).toBe(Status.SERVING);
    health.setServing(false);
    expect((await client.check({ service })).status).toBe(Status.NOT_SERVING);
  });

  test("is watched", async () => {
    const { health, watch } = await connect();
    const states = watch(service);
    expect(await states.next()).toMatchObject({ value: { status: Status.SERVING } });
    health.setServing(false);
    expect(await states.next()).toMatchObject({ value: { status: Status.NOT_SERVING } });
    health.setServing(true);
    expect(await states.next()).toMatchObject({ value: { status: Status.SERVING } });
  });
});

test("checking a service whose name is longer than any head of HTTP/2 is NOT_FOUND, too", async () => {
  const { client } = await connect();
  const name = "x".repeat(70_000);
  await expect(client.check({ service: name })).rejects.toMatchObject({
    code: Code.NotFound,
    rawMessage: expect.stringMatching(/^service "x{20,200}"… \(70,000 characters\) is not known$/),
  });
});

test("checking an unknown service is NOT_FOUND", async () => {
  const { client } = await connect();
  await expect(client.check({ service: "no.Service" })).rejects.toMatchObject({
    code: Code.NotFound,
    rawMessage: 'service "no.Service" is not known',
  });
});

test("watching an unknown service says so once and stays open", async () => {
  const { health, watch, left } = await connect();
  const states = watch("no.Service");
  expect(await states.next()).toMatchObject({ value: { status: Status.SERVICE_UNKNOWN } });
  const next = states.next();
  health.setServing(false);
  left.abort();
  await expect(next).rejects.toMatchObject({ code: Code.Canceled });
});

test("a state that is set again is not told again", async () => {
  const { health, watch } = await connect();
  const states = watch("");
  expect(await states.next()).toMatchObject({ value: { status: Status.SERVING } });
  const next = states.next();
  health.setServing(true);
  health.setServing(false);
  expect(await next).toMatchObject({ value: { status: Status.NOT_SERVING } });
});

test("the list has the server and every service", async () => {
  const { client } = await connect();
  const { statuses } = await client.list({});
  expect(Object.keys(statuses).sort()).toEqual([
    "",
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "orgflags.v1.FeatureService",
  ]);
  expect(new Set(Object.values(statuses).map(({ status }) => status))).toEqual(new Set([Status.SERVING]));
});
