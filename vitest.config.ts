import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Two cores are what a small machine has; real servers and processes run beside the tests.
    maxWorkers: 2,
    // Many tests start processes of the program: those after the first find it compiled.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, "node_modules/.cache/compiled") },
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
