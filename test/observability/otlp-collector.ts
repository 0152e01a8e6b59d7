import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { onTestFinished } from "vitest";

/** A span as it came, by the names of opentelemetry/proto/trace/v1/trace.proto. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** 0 for none, 2 for an error. */
  readonly status: number;
  /** Of the resource. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A server that takes traces by OTLP over HTTP, as protobuf. */
export interface Collector {
  /** Where it is, without `/v1/traces`. */
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** What it answers from now on. */
  status: number;
}

/** Starts a collector; it is gone when the test is over. */
export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    if (request.url === "/v1/traces" && collector.status === 200) {
      spans.push(...readSpans(Buffer.concat(chunks)));
    }
    response.writeHead(collector.status, { "content-type": "application/x-protobuf" }).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const collector: Collector = { url: `http://127.0.0.1:${port}`, spans, status: 200 };
  return collector;
}

/** What a message holds, by field number: numbers of fixed or varying length, and bytes. */
type Fields = ReadonlyMap<number, readonly (Uint8Array | bigint)[]>;

function readFields(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (Uint8Array | bigint)[]>();
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value = readValue(reader, type);
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

function readValue(reader: BinaryReader, type: number): Uint8Array | bigint {
  switch (type) {
    case 0:
      return BigInt(reader.int64());
    case 1:
      return BigInt(reader.fixed64());
    case 2:
      return reader.bytes();
    case 5:
      return BigInt(reader.fixed32());
    default:
      throw new Error(`no such wire type: ${type}`);
  }
}

function bytesOf(fields: Fields, number: number): readonly Uint8Array[] {
  return (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array);
}

function textOf(fields: Fields, number: number, encoding: BufferEncoding = "utf8"): string {
  return Buffer.from(bytesOf(fields, number)[0] ?? []).toString(encoding);
}

function numberOf(fields: Fields, number: number): number {
  return Number(fields.get(number)?.[0] ?? 0);
}

function readSpans(request: Uint8Array): ReceivedSpan[] {
  return bytesOf(readFields(request), 1).flatMap((resourceSpans) => {
    const fields = readFields(resourceSpans);
    const resource = attributesOf(readFields(bytesOf(fields, 1)[0] ?? new Uint8Array()), 1);
    return bytesOf(fields, 2)
      .flatMap((scopeSpans) => bytesOf(readFields(scopeSpans), 2))
      .map((span) => readSpan(readFields(span), resource));
  });
}

function readSpan(span: Fields, resource: ReceivedSpan["resource"]): ReceivedSpan {
  const [status = new Uint8Array()] = bytesOf(span, 15);
  return {
    traceId: textOf(span, 1, "hex"),
    spanId: textOf(span, 2, "hex"),
    traceState: textOf(span, 3),
    parentSpanId: textOf(span, 4, "hex"),
    name: textOf(span, 5),
    kind: numberOf(span, 6),
    attributes: attributesOf(span, 9),
    status: numberOf(readFields(status), 3),
    resource,
  };
}

function attributesOf(fields: Fields, number: number): Record<string, unknown> {
  return Object.fromEntries(
    bytesOf(fields, number).map((keyValue) => {
      const pair = readFields(keyValue);
      const value = readFields(bytesOf(pair, 2)[0] ?? new Uint8Array());
      return [textOf(pair, 1), value.has(1) ? textOf(value, 1) : numberOf(value, 3)];
    }),
  );
}
