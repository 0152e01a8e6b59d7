import { create, type JsonValue, type Message } from "@bufbuild/protobuf";
import { NDJSON_TYPE, SSE_TYPE, type StreamForm } from "./accept.ts";
import type { JsonForm } from "./json-form.ts";
import type { ServedRoute } from "./route.ts";

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
  const write = (message: Message): JsonValue =>
    details.responseBody === undefined
      ? json.write(method.output, message)
      : json.writeField(method.output, message, details.responseBody);
  const frame = form === "ndjson" ? line : (value: JsonValue, message: Message) => event(value, route, message);
  return {
    contentType: form === "ndjson" ? NDJSON_TYPE : SSE_TYPE,
    message: onceForEach((value) => {
      const message = create(method.output, value as Record<string, unknown>);
      return frame(write(message), message);
    }),
    error: (status) => (form === "ndjson" ? line({ error: status }) : errorEvent({ error: status })),
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
function line(json: JsonValue): Uint8Array {
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

function event(json: JsonValue, { stream }: ServedRoute, message: Message): Uint8Array {
  const id = stream?.eventId(message);
  const data = `data: ${JSON.stringify(json)}\n\n`;
  return Buffer.from(id === undefined ? data : `id: ${id}\n${data}`);
}

function errorEvent(json: JsonValue): Uint8Array {
  return Buffer.from(`event: error\ndata: ${JSON.stringify(json)}\n\n`);
}
