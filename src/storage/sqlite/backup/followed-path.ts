import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { Refused } from "../../refused.ts";

// As many as Linux follows.
const maxLinks = 40;

/** The path of the file that a path leads to by symbolic links, whether or not that file is there; throws Refused. */
export function followedPath(path: string): string {
  let followed = path;
  for (let links = 0; lstatSync(followed, { throwIfNoEntry: false })?.isSymbolicLink(); links++) {
    if (links === maxLinks) {
      throw new Refused(`${path} is a symbolic link that leads nowhere; name a file`);
    }
    const folder = realpathSync(dirname(resolve(followed)));
    followed = resolve(folder, readlinkSync(followed));
  }
  return followed;
}
