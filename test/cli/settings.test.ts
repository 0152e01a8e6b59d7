import { expect, test } from "vitest";
import { readArguments } from "../../src/cli/arguments.ts";
import { commands } from "../../src/cli/commands.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import { type Setting, valuesOf } from "../../src/cli/setting.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

const dayMs = 86_400_000;

function configOf(...args: readonly string[]) {
  const asked = readArguments({ settings: serveSettings, operands: [] }, args, {});
  return asked.help ? expect.fail("asked for help") : valuesOf(serveSettings, asked.texts);
}

function retentionOf(text: string) {
  return configOf(`--history-retention=${text}`).historyRetention;
}

test("without the setting everything is kept", () => {
  expect(configOf().historyRetention).toEqual({ maxAgeMs: undefined, maxChanges: undefined });
});

test.for([
  ["all", undefined, undefined],
  ["30d", 30 * dayMs, undefined],
  ["12h", dayMs / 2, undefined],
  ["999999d", 999_999 * dayMs, undefined],
  ["1", undefined, 1],
  ["30", undefined, 30],
  ["1000000", undefined, 1_000_000],
  ["999999999999", undefined, 999_999_999_999],
  ["30d,1000000", 30 * dayMs, 1_000_000],
  ["1000000, 30d", 30 * dayMs, 1_000_000],
] as const)("--history-retention %s keeps changes of %s ms, and %s of them", ([text, maxAgeMs, maxChanges]) => {
  expect(retentionOf(text)).toEqual({ maxAgeMs, maxChanges });
});

test.for([
  "0",
  "0d",
  "1.5d",
  "30m",
  "30days",
  "d",
  "30d,12h",
  "1000,2000",
  "30d,1,2",
  "30d,",
  ",",
  "all,30d",
  "-1",
  "1e6",
  "30 d",
  "1000000d",
  "1000000000000",
  "ALL",
])("--history-retention %j is refused", (text) => {
  expect(() => retentionOf(text)).toThrow(UsageError);
  expect(() => retentionOf(text)).toThrow(
    `--history-retention (ORGFLAGS_HISTORY_RETENTION) must be all, a time such as 30d or 12h, a number of changes such as 1000000, or both as 30d,1000000; got ${JSON.stringify(text)}`,
  );
});

test.for([
  ["127.0.0.1:9464", { host: "127.0.0.1", port: 9464 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["[::1]:9464", { host: "::1", port: 9464 }],
  ["metrics.internal:65535", { host: "metrics.internal", port: 65_535 }],
] as const)("--admin-address %j is %j", ([text, address]) => {
  expect(configOf(`--admin-address=${text}`).adminAddress).toEqual(address);
});

test.for([":9464", "9464", "127.0.0.1", "127.0.0.1:65536", "::1:9464", "http://a:1", "a:b", "a: 1"])(
  "--admin-address %j is refused",
  (text) => {
    expect(() => configOf(`--admin-address=${text}`)).toThrow(
      `--admin-address (ORGFLAGS_ADMIN_ADDRESS) must be a host and a port, such as 127.0.0.1:9464 or [::1]:9464; got ${JSON.stringify(text)}`,
    );
  },
);

test.for([
  ["none", false, 0],
  ["writes", true, 0],
  ["sampled:1", true, 1],
  ["sampled:1000", true, 1000],
  ["all", true, 1],
] as const)("--access-log %s", ([text, errorsAndWrites, oneReadIn]) => {
  expect(configOf(`--access-log=${text}`).accessLog).toEqual({ errorsAndWrites, oneReadIn });
});

test.for(["", "some", "sampled", "sampled:", "sampled:0", "sampled:1.5", "sampled:-1", "ALL"])(
  "--access-log %j is refused",
  (text) => {
    expect(() => configOf(`--access-log=${text}`)).toThrow(
      `--access-log (ORGFLAGS_ACCESS_LOG) must be none, writes, all, or sampled with a number from 1 to 999999999, such as sampled:1000; got ${JSON.stringify(text)}`,
    );
  },
);

test.for([
  ["http://127.0.0.1:4318", "http://127.0.0.1:4318"],
  ["https://collector.example/otlp/", "https://collector.example/otlp/"],
] as const)("--otlp-endpoint %j", ([text, endpoint]) => {
  expect(configOf(`--otlp-endpoint=${text}`).otlpEndpoint).toBe(endpoint);
});

test.for([
  ["127.0.0.1:4318", "127.0.0.1:4318"],
  ["grpc://collector:4317", "grpc://collector:4317"],
  ["http://collector?key=1", "http://collector/"],
  ["https://me:s3cr3t@", "https://"],
  ["https://me:s3cr3t@collector/x", "https://collector/x"],
] as const)("--otlp-endpoint %j is refused, without saying a password", ([text, said]) => {
  expect(() => configOf(`--otlp-endpoint=${text}`)).toThrow(
    `must be an http or https URL without user, query and fragment, such as http://127.0.0.1:4318; got ${JSON.stringify(said)}`,
  );
});

test("the endpoint of traces is taken from the variable that others have for it, too", () => {
  const read = (env: NodeJS.ProcessEnv) => {
    const asked = readArguments({ settings: serveSettings, operands: [] }, [], env);
    return asked.help ? expect.fail("asked for help") : asked.texts.otlpEndpoint;
  };
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a" })).toBe("http://a");
  expect(read({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", ORGFLAGS_OTLP_ENDPOINT: "http://b" })).toBe("http://b");
});

test.for([
  ["0", 0],
  ["1", 1],
  ["0.01", 0.01],
  [".5", 0.5],
  ["1.0", 1],
] as const)("--trace-sample %s", ([text, part]) => {
  expect(configOf(`--trace-sample=${text}`).traceSample).toBe(part);
});

test.for(["", "2", "-0.1", "1.1", "1e-3", "50%"])("--trace-sample %j is refused", (text) => {
  expect(() => configOf(`--trace-sample=${text}`)).toThrow("must be a number from 0 to 1, such as 0.01; got");
});

const optionalSettings = commands.flatMap(({ name, settings }) =>
  Object.values<Setting>(settings)
    .filter(({ fallback, placeholder }) => fallback === "" && placeholder !== undefined)
    .map((setting) => ({ name, setting, flag: setting.flag })),
);

test.for(optionalSettings)(
  "orgflags $name --$flag is refused where its value is empty, and does without it where its variable is",
  ({ setting, flag }) => {
    const read = (args: readonly string[], env: NodeJS.ProcessEnv) => {
      return readArguments({ settings: { setting }, operands: [] }, args, env);
    };
    const message = `--${flag} is empty; give it a value, or leave it out`;
    expect(() => read([`--${flag}`, ""], {})).toThrow(new UsageError(message));
    expect(() => read([`--${flag}=`], {})).toThrow(new UsageError(message));
    const { env, alsoEnv } = setting;
    const variables = [env, alsoEnv].filter((name) => name !== undefined);
    const asked = read([], Object.fromEntries(variables.map((name) => [name, ""])));
    expect(asked).toMatchObject({ texts: { setting: "" } });
  },
);

test.for([
  [["--setting", "-10%", "operand"], '--setting needs a value; one that begins with "-" is given as --setting=-10%'],
  [["operand", "--setting"], "--setting needs a value"],
  [[], "TARGET is missing"],
  [[""], "TARGET is empty"],
] as const)("the arguments %j are refused in words", ([args, message]) => {
  const setting: Setting<string> = { flag: "setting", placeholder: "TEXT", help: "", fallback: "", read: String };
  expect(() => readArguments({ settings: { setting }, operands: ["TARGET"] }, args, {})).toThrow(
    new UsageError(message),
  );
});

test("a value that begins with - is given with =", () => {
  const setting: Setting<string> = { flag: "setting", placeholder: "TEXT", help: "", fallback: "", read: String };
  const asked = readArguments({ settings: { setting }, operands: [] }, ["--setting=-10%"], {});
  expect(asked).toMatchObject({ texts: { setting: "-10%" } });
});
