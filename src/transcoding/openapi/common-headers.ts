import { type DescMethod, type DescService, getOption } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { type HttpHeader, HttpHeaderScope, http_header } from "../../../gen/transcoding/v1/annotations_pb.ts";
import { valueKeywords } from "./field-rules.ts";
import type { Header, Parameter, Reference, Schema } from "./openapi.ts";

/** A header and the package whose methods have it. */
interface PlacedHeader {
  readonly header: HttpHeader;
  readonly packageName: string;
}

/** The headers that methods have in common, by the `transcoding.v1.http_header` options of their files. */
export class CommonHeaders {
  readonly #headers: readonly PlacedHeader[];

  /** Throws an `Error` that names the header for one without a name or scope, or an unknown method. */
  constructor(services: readonly DescService[]) {
    const files = new Set(services.map(({ file }) => file));
    this.#headers = [...files].flatMap((file) =>
      getOption(file, http_header).map((header) => ({ header, packageName: file.proto.package })),
    );
    for (const placed of this.#headers) check(placed, services);
  }

  /** The headers of a method's requests. */
  parametersOf(method: DescMethod): Parameter[] {
    const reads = method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
    const scope = reads ? HttpHeaderScope.READS : HttpHeaderScope.WRITES;
    return this.#of(method, scope).map(({ header }) => ({
      name: header.name,
      in: "header",
      description: header.description,
      schema: schemaOf(header),
    }));
  }

  /** The headers of a method's answers, as references to `components`. */
  referencesOf(method: DescMethod): { [name: string]: Reference } {
    return refer(this.#of(method, HttpHeaderScope.ANSWERS));
  }

  /** The headers of errors, which all methods share: those of any method. */
  get references(): { [name: string]: Reference } {
    return refer(this.#answers);
  }

  /** The headers of answers, for `components`. */
  get components(): { [name: string]: Header } {
    const entries = this.#answers.map(({ header }) => {
      return [header.name, { description: header.description, required: false, schema: schemaOf(header) }] as const;
    });
    return Object.fromEntries(entries);
  }

  get #answers(): readonly PlacedHeader[] {
    return this.#headers.filter(({ header }) => header.scope === HttpHeaderScope.ANSWERS);
  }

  #of(method: DescMethod, scope: HttpHeaderScope): readonly PlacedHeader[] {
    const { parent, name } = method;
    return this.#headers.filter(
      ({ header, packageName }) =>
        header.scope === scope &&
        packageName === parent.file.proto.package &&
        !header.exceptMethod.includes(`${parent.name}.${name}`),
    );
  }
}

function check({ header, packageName }: PlacedHeader, services: readonly DescService[]): void {
  const place = `http_header "${header.name}" of ${packageName}`;
  if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(header.name)) throw new Error(`${place}: expected the name of a header`);
  if (header.scope === HttpHeaderScope.UNSPECIFIED) throw new Error(`${place}: expected a scope`);
  const known = services.filter(({ file }) => file.proto.package === packageName);
  const unknown = header.exceptMethod.find((name) => {
    const service = known.find((candidate) => name.startsWith(`${candidate.name}.`));
    return service !== undefined && !service.methods.some((method) => name === `${service.name}.${method.name}`);
  });
  if (unknown !== undefined) throw new Error(`${place}: there is no method "${unknown}"`);
}

function schemaOf({ schema }: HttpHeader): Schema {
  return { type: "string", ...(schema && valueKeywords(schema)) };
}

function refer(headers: readonly PlacedHeader[]): { [name: string]: Reference } {
  return Object.fromEntries(
    headers.map(({ header }) => [header.name, { $ref: `#/components/headers/${header.name}` }]),
  );
}
