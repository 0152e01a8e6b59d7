import { backup } from "./backup.ts";
import type { Command } from "./command.ts";
import { exportCommand } from "./export.ts";
import { health } from "./health.ts";
import { importCommand } from "./import.ts";
import { restore } from "./restore.ts";
import { serve } from "./serve.ts";
import { tokenCreate } from "./token-create.ts";
import { tokenList } from "./token-list.ts";
import { tokenRevoke } from "./token-revoke.ts";
import { verify } from "./verify.ts";

/** The commands there are, in the order of the help. */
export const commands: readonly Command[] = [
  serve,
  health,
  backup,
  restore,
  verify,
  exportCommand,
  importCommand,
  tokenCreate,
  tokenList,
  tokenRevoke,
];
