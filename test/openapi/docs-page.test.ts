import { statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startApp } from "../app-under-test.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { openPage, type StartedBrowser, startBrowser } from "./browser.ts";
import { operations } from "./served-document.ts";

const put = "#operations-OrgFeatureFlagService-OrgFeatureFlagService_UpdateOrgFeatureFlag";
// Set it to keep the pictures, for somebody to look at.
const pictures = process.env.ORGFLAGS_TEST_PICTURES;

let started: StartedBrowser;
beforeAll(async () => {
  started = await startBrowser();
}, 60_000);
afterAll(() => started.stop());

test.for([
  { colorScheme: "light", background: "rgba(0, 0, 0, 0)", text: "rgb(59, 65, 81)" },
  { colorScheme: "dark", background: "rgb(28, 32, 34)", text: "rgb(228, 230, 230)" },
] as const)(
  "the page at /docs shows every operation, and tries one out: $colorScheme",
  { timeout: 60_000 },
  async ({ colorScheme, background, text }) => {
    const { url } = await startApp({ demo: true });
    const { page, complaints, requests, weight } = await openPage(started.browser, `${url}/docs`, { colorScheme });
    const folder = pictures ?? temporaryFolder();
    const picture = async (name: string) => {
      const path = join(folder, `${colorScheme}-${name}.png`);
      await page.screenshot({ path });
      return statSync(path).size;
    };

    await page.waitForSelector(".opblock");
    expect(await page.title()).toBe("orgflags API");
    expect(await page.locator(".opblock").count()).toBe(operations.length);
    expect(await page.locator(".opblock-deprecated").count()).toBe(7);
    expect(await page.evaluate("getComputedStyle(document.body).backgroundColor")).toBe(background);
    expect(await page.evaluate("getComputedStyle(document.querySelector('.opblock-summary-path')).color")).toBe(text);
    expect(await picture("operations")).toBeGreaterThan(10_000);
    expect(weight()).toBeLessThan(600_000);

    await page.click(`${put} .opblock-summary-control`);
    await page.click(`${put} .try-out__btn`);
    await page.click(`${put} .execute`);
    const answer = page.locator(`${put} .live-responses-table .response`);
    await answer.waitFor();
    expect(await answer.innerText()).toContain('"feature_key": "driver_declarations"');
    expect(await picture("tried-out")).toBeGreaterThan(10_000);
    const check = await fetch(`${url}/api/v1/org-feature-flags/org_812/driver_declarations`);
    expect(await check.json()).toMatchObject({ enabled: false });

    expect(complaints).toEqual([]);
    expect(requests).toContain(`${url}/openapi.json`);
    expect(requests.filter((address) => !address.startsWith(`${url}/`))).toEqual([]);
  },
);
