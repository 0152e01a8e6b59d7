import type { Lane } from "./exchange.ts";
import type { PathTable } from "./path-lane.ts";

/** Is told of each answer for a page: its path, and the status. */
export type OnPage = (path: string, status: number) => void;

/** Has somebody told of what is answered for pages. */
export function toldPages(lanes: PathTable, onPage: OnPage | undefined): PathTable {
  return onPage === undefined ? lanes : new Map([...lanes].map(([path, lane]) => [path, told(path, lane, onPage)]));
}

function told(page: string, lane: Lane, onPage: OnPage): Lane {
  return (request, response, path, added) => {
    response.once("finish", () => onPage(page, response.statusCode));
    return lane(request, response, path, added);
  };
}
