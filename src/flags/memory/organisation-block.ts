import type { Arena } from "./arena.ts";
import { type PackedId, wordsOfId } from "./packed-id.ts";

// The words of an organisation's block, after the one that is the arena's.

/** The next block of the same bucket, or `none`. */
export const next = 1;
/** The hash of the id. */
export const hash = 2;
/** The organisation's place among all. */
export const place = 3;
const idLengthAndUse = 4;
const revision = 5;
const refreshedAt = 7;
/** The id, four characters to the word. After it come the overrides, to the end of the block. */
export const id = 9;

/** What a block holds of an organisation besides its id. */
export interface OrganisationContent {
  readonly place: number;
  /** Whether it was used since the last look for one that may go. */
  readonly used: boolean;
  readonly revision: number;
  readonly refreshedAt: number;
  /** As `overrideCode` makes them. */
  readonly overrides: readonly number[];
}

/** Makes the block of an organisation; `next` holds anything. */
export function createBlock(arena: Arena, packed: PackedId, content: OrganisationContent): number {
  const firstOverride = id + wordsOfId(packed.length);
  const block = arena.allocate(firstOverride + content.overrides.length);
  arena.set(block, hash, packed.hash);
  arena.set(block, place, content.place);
  arena.set(block, idLengthAndUse, packed.length << 1);
  setUsed(arena, block, content.used);
  setNumber(arena, block, revision, content.revision);
  setNumber(arena, block, refreshedAt, content.refreshedAt);
  packed.writeTo(arena.chunkOf(block), arena.startOf(block) + id);
  content.overrides.forEach((override, index) => {
    arena.set(block, firstOverride + index, override);
  });
  return block;
}

/** The number of the id's characters. */
export function idLengthOf(arena: Arena, block: number): number {
  return arena.get(block, idLengthAndUse) >>> 1;
}

/** See `OrganisationContent.used`. */
export function isUsed(arena: Arena, block: number): boolean {
  return (arena.get(block, idLengthAndUse) & 1) === 1;
}

/** See `OrganisationContent.used`. */
export function setUsed(arena: Arena, block: number, used: boolean): void {
  arena.set(block, idLengthAndUse, (arena.get(block, idLengthAndUse) & ~1) | (used ? 1 : 0));
}

/** See `ResidentOrganisation.revision`. */
export function revisionOf(arena: Arena, block: number): number {
  return numberAt(arena, block, revision);
}

/** See `ResidentOrganisation.refreshedAt`. */
export function refreshedAtOf(arena: Arena, block: number): number {
  return numberAt(arena, block, refreshedAt);
}

// Whole numbers of 53 bits, the lower word first.

function numberAt(arena: Arena, block: number, word: number): number {
  return arena.get(block, word + 1) * 2 ** 32 + (arena.get(block, word) >>> 0);
}

function setNumber(arena: Arena, block: number, word: number, value: number): void {
  arena.set(block, word, value | 0);
  arena.set(block, word + 1, Math.floor(value / 2 ** 32));
}
