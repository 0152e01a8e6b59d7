import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import chromium from "@sparticuz/chromium";
import { type Browser, type BrowserContextOptions, chromium as launcher, type Page } from "playwright-core";
import { onTestFinished, vi } from "vitest";

/** A real browser; `stop` ends it and removes what it was unpacked to. */
export interface StartedBrowser {
  readonly browser: Browser;
  stop(): Promise<void>;
}

/** A page, and what went on in it. */
export interface OpenPage {
  readonly page: Page;
  /** Warnings and errors of the console, and uncaught ones. */
  readonly complaints: readonly string[];
  /** The addresses of all requests. */
  readonly requests: readonly string[];
  /** How many bytes came over the wire as bodies. */
  weight(): number;
}

/** Starts the browser, which the package that brings it unpacks into the folder for temporary files. */
export async function startBrowser(): Promise<StartedBrowser> {
  const folder = mkdtempSync(join(tmpdir(), "orgflags-browser-"));
  vi.stubEnv("TMPDIR", folder);
  const executablePath = await chromium.executablePath();
  // In a single process, as the package has it, the first page that is closed takes the browser with it.
  const args = chromium.args.filter((argument) => argument !== "--single-process" && argument !== "--no-zygote");
  const browser = await launcher.launch({ executablePath, args, headless: true });
  vi.unstubAllEnvs();
  const stop = async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { browser, stop };
}

/** Opens an address; the page is closed when the test is over. */
export async function openPage(browser: Browser, url: string, options: BrowserContextOptions): Promise<OpenPage> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 }, ...options });
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  const requests: string[] = [];
  let bytes = 0;
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => void complaints.push(error.message));
  page.on("request", (request) => void requests.push(request.url()));
  page.on("response", (response) => {
    bytes += Number(response.headers()["content-length"] ?? 0);
  });
  await page.goto(url);
  return { page, complaints, requests, weight: () => bytes };
}
