import type { JsonValue } from "@bufbuild/protobuf";
import { NDJSON_TYPE, SSE_TYPE, type StreamForm } from "./accept.ts";
import { createFrom, type JsonForm } from "./json-form.ts";
import type { ServedRoute } from "./route.ts";

const encoder = new TextEncoder();

/** Writes the messages of one route's streams in one form. */
export interface StreamFrames {
  readonly contentType: string;
  /** The bytes of a message; the same ones for the same object. Throws for a value that is no message. */
  message(value: object): Uint8Array;
  /** The bytes of an error, which are the last of a stream. */
  error(status: JsonValue): Uint8Array;
}

/** The writers of the streams of all routes, each made when a stream first needs it. */
export class FrameDesk {
  readonly #json: JsonForm;
  readonly #frames = new Map<ServedRoute, { [Form in StreamForm]?: StreamFrames }>();

  constructor(json: JsonForm) {
    this.#json = json;
  }

  /** What writes the streams of a route in a form. */
  of(route: ServedRoute, form: StreamForm): StreamFrames {
    const forms = this.#frames.get(route) ?? {};
    this.#frames.set(route, forms);
    forms[form] ??= createFrames(route, form, this.#json);
    return forms[form];
  }
}

function createFrames(route: ServedRoute, form: StreamForm, json: JsonForm): StreamFrames {
  const { method, details } = route;
  const frame = form === "ndjson" ? line : (text: string, value: object) => event(text, eventId(route, value));
  return {
    contentType: form === "ndjson" ? NDJSON_TYPE : SSE_TYPE,
    message: onceForEach((value) => frame(json.stringify(method.output, value, details.responseBody), value)),
    error(status) {
      const text = JSON.stringify({ error: status });
      return form === "ndjson" ? line(text) : errorEvent(text);
    },
  };
}

/** An object that several streams send is written once. */
function onceForEach(write: (value: object) => Uint8Array): (value: object) => Uint8Array {
  const written = new WeakMap<object, Uint8Array>();
  return (value) => {
    const known = written.get(value);
    if (known !== undefined) return known;
    const frame = write(value);
    written.set(value, frame);
    return frame;
  };
}

/** JSON has no line breaks of its own, so that a message is one line, and one line of an event. */
function line(text: string): Uint8Array {
  return bytes(`${text}\n`);
}

function event(text: string, id: string | undefined): Uint8Array {
  const data = `data: ${text}\n\n`;
  return bytes(id === undefined ? data : `id: ${id}\n${data}`);
}

function errorEvent(text: string): Uint8Array {
  return bytes(`event: error\ndata: ${text}\n\n`);
}

/** Bytes of their own: out of the pool of `Buffer`, a few that are kept would hold the 64 KiB around them. */
function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

function eventId({ method, stream }: ServedRoute, value: object): string | undefined {
  return stream?.eventId(createFrom(method.output, value));
}
