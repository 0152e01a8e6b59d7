import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { ChangeService } from "../../gen/orgflags/v1/change_pb.ts";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import { OrgFeatureFlagService } from "../../gen/orgflags/v1/org_feature_flag_pb.ts";
import { commands } from "../../src/cli/commands.ts";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { serveSettings } from "../../src/cli/serve-settings.ts";
import type { Setting } from "../../src/cli/setting.ts";
import type { DomainErrorCode } from "../../src/domain/errors.ts";

const root = resolve(import.meta.dirname, "../..");
const page = (name: string) => readFileSync(join(root, "docs", name), "utf8");

test.for(Object.values<Setting>(serveSettings))(
  "docs/settings.md lists --$flag as it is",
  ({ flag, env, fallback, placeholder }) => {
    const name = placeholder ? `--${flag} ${placeholder.replaceAll("|", "\\|")}` : `--${flag}`;
    expect(page("settings.md")).toContain(
      `| \`${name}\` | \`${env}\` | ${fallback === "" ? "none" : `\`${fallback}\``} |`,
    );
  },
);

test.for(commands)("docs/settings.md has a part on $name, with all its flags", ({ name, settings }) => {
  const [, part = ""] = page("settings.md").split(`\n## \`orgflags ${name}\`\n`);
  const [own = ""] = part.split("\n## ");
  for (const { flag, placeholder = "" } of Object.values(settings)) {
    expect(own).toContain(`\`${`--${flag} ${placeholder.replaceAll("|", "\\|")}`.trimEnd()}\``);
  }
});

test.for(Object.entries(exitCodes))("docs/settings.md lists exit code %s", ([, code]) => {
  expect(page("settings.md")).toMatch(new RegExp(`^\\| ${code} \\| \\w`, "m"));
});

test("docs/errors.md lists every error code that the domain has", () => {
  const codes: Record<DomainErrorCode, true> = {
    INVALID_ARGUMENT: true,
    NOT_FOUND: true,
    ALREADY_EXISTS: true,
    FAILED_PRECONDITION: true,
    ABORTED: true,
    OUT_OF_RANGE: true,
    RESOURCE_EXHAUSTED: true,
    UNAVAILABLE: true,
    UNAUTHENTICATED: true,
    PERMISSION_DENIED: true,
  };
  for (const code of Object.keys(codes)) {
    expect(page("errors.md")).toContain(`| \`${code}\` (`);
  }
});

test.for([...OrgFeatureFlagService.methods, ...FeatureService.methods, ...ChangeService.methods])(
  "docs/api.md lists $name",
  ({ parent, name }) => {
    expect(page("api.md")).toMatch(new RegExp(`^\\| \`${parent.name}/${name}\` \\| \`[A-Z]+ /api/v1/`, "m"));
  },
);
