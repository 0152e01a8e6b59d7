import assert from "node:assert/strict";
import { FlagdProvider } from "@openfeature/flagd-provider";
import { OpenFeature, ProviderEvents } from "@openfeature/server-sdk";
import { EventCrowd } from "../load/event-crowd.ts";
import { Http1Connection } from "../load/http1-connection.ts";
import { ask, encodeRequest } from "../load/http1-request.ts";
import { percentile } from "../load/latencies.ts";
import type { Subject } from "../process/subject.ts";
import { organisationId } from "../seed.ts";
import { checkedFeature } from "./check-call.ts";
import { bulkPath, ofrepRequest } from "./ofrep-rows.ts";
import { putTraffic } from "./put-call.ts";
import { type Contender, type Row, runRounds } from "./row.ts";
import type { Sample } from "./sample.ts";
import { onStage } from "./stage.ts";
import { fanOut, startBoth, write } from "./watch-rows.ts";

type Closable = Contender & { close(): void | Promise<void> };

/** From the answer to a write until a client knows of it. */
export const flagdLiveRow: Row = liveRow(
  "flagd-live",
  "a change to a connected flagd-provider",
  "flagd-provider, told",
  flagdProvider,
);

/** From the answer to a write until a client has the values after it; without the 50 ms that ofrep-web-provider waits. */
export const ofrepLiveRow: Row = liveRow(
  "ofrep-live",
  "a change to a client of OFREP: event, then bulk",
  "OFREP event and bulk",
  ofrepClient,
);

function liveRow(name: string, work: string, subject: string, connect: typeof flagdProvider): Row {
  return {
    name,
    work,
    run: (bench) =>
      onStage(async (start) => {
        const both = await startBoth(bench, start, []);
        const [floor, orgflags] = both;
        assert.ok(floor !== undefined && orgflags !== undefined);
        const contenders: readonly Closable[] = [await fanOut(...floor, 1), await connect(subject, orgflags[1])];
        try {
          return await runRounds(contenders, [{ subject, against: floor[0], metric: "p99Ms" }], bench);
        } finally {
          await Promise.all(contenders.map((contender) => contender.close()));
        }
      }),
  };
}

async function flagdProvider(subject: string, server: Subject): Promise<Closable> {
  const { hostname: host, port } = new URL(server.url);
  const client = OpenFeature.getClient(subject);
  let told: (at: number) => void = () => {};
  client.addHandler(ProviderEvents.ConfigurationChanged, (details) => {
    if (details?.flagsChanged?.includes(checkedFeature)) {
      told(performance.now());
    }
  });
  await OpenFeature.setProviderAndWait(subject, new FlagdProvider({ host, port: Number(port), cache: "lru" }));
  const context = { targetingKey: organisationId(0) };
  const whenTold = () => new Promise<number>((resolve) => (told = resolve));
  return measured(subject, server, whenTold, {
    value: () => client.getBooleanValue(checkedFeature, false, context),
    close: () => OpenFeature.close(),
  });
}

async function ofrepClient(subject: string, server: Subject): Promise<Closable> {
  const path = `/ofrep/v1/events/${organisationId(0)}?after=0`;
  const events = new EventCrowd("refetchEvaluation");
  await events.open(server.url, encodeRequest(server.url, { method: "GET", path }), 1);
  const connection = await Http1Connection.open(server.url);
  const bulk = ofrepRequest(0, bulkPath);
  const encoded = encodeRequest(server.url, bulk);
  const evaluated = async () => {
    await events.await(1);
    return write(connection, encoded);
  };
  return measured(subject, server, evaluated, {
    async value() {
      const { flags } = JSON.parse((await ask(server.url, bulk)).body.toString());
      return flags.find(({ key }: { key: string }) => key === checkedFeature).value;
    },
    close() {
      events.close();
      connection.close();
    },
  });
}

interface Connected {
  /** What the client has for the flag that is written. */
  value(): Promise<boolean>;
  close(): void | Promise<void>;
}

/** Writes one after the other, each when the client knows of the one before; `known` resolves with the time of that. */
async function measured(
  subject: string,
  server: Subject,
  known: () => Promise<number>,
  client: Connected,
): Promise<Closable> {
  const writer = await Http1Connection.open(server.url);
  const { next } = putTraffic(server.url, 1, []);
  let isOn = await client.value();
  return {
    subject,
    async measure(seconds): Promise<Sample> {
      const latencies: number[] = [];
      const endsAt = performance.now() + seconds * 1000;
      do {
        const [knownAt, answeredAt] = await Promise.all([known(), write(writer, next(0))]);
        latencies.push(Math.max(0, knownAt - answeredAt));
        isOn = !isOn;
      } while (performance.now() < endsAt);
      assert.equal(await client.value(), isOn, "the client has another value than was written");
      const sorted = Float64Array.from(latencies).sort();
      return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) };
    },
    async close() {
      writer.close();
      await client.close();
    },
  };
}
