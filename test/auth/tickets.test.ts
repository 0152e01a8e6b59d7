import { expect, test } from "vitest";
import type { Proof } from "../../src/auth/proof.ts";
import { TicketProver } from "../../src/auth/ticket-prover.ts";
import { Tickets } from "../../src/auth/tickets.ts";
import { everything, type Scope } from "../../src/domain/access.ts";
import { FakeTokens } from "./fake-tokens.ts";

const key = new Uint8Array(32).fill(1);
const hourMs = 3_600_000;

function jwtProof(scope: Scope, expiresAt = Number.POSITIVE_INFINITY): Proof {
  return { identity: { name: "ada", role: "admin", scope }, source: "jwt ada", expiresAt, holds: () => true };
}

function opened() {
  const tokens = new FakeTokens();
  tokens.now = 100 * 24 * hourMs;
  const tickets = new Tickets(key, () => tokens.now);
  const prover = new TicketProver(tickets, tokens.stored);
  const prove = (ticket = "") => prover.proveTicket(ticket);
  return { tokens, tickets, prove };
}

test("whoever has a ticket is a viewer of its organisation", async () => {
  const { tickets, prove } = opened();
  const proof = await prove(tickets.make(jwtProof(everything), "acme"));
  const acme = { orgIds: new Set(["acme"]), featureKeys: undefined };
  expect(proof.identity).toEqual({ name: "ada", role: "viewer", scope: acme });
});

test("a ticket for features is for no others", async () => {
  const { tickets, prove } = opened();
  const scope = { orgIds: undefined, featureKeys: new Set(["sms_reminders"]) };
  const proof = await prove(tickets.make(jwtProof(scope), "acme"));
  expect(proof.identity.scope).toEqual({ orgIds: new Set(["acme"]), featureKeys: scope.featureKeys });
});

test("a ticket lasts for 12 to 24 hours, and no longer than whom it is made for", () => {
  const { tokens, tickets } = opened();
  const ticket = tickets.make(jwtProof(everything), "acme") ?? "";
  const short = tickets.make(jwtProof(everything, tokens.now + 5), "acme") ?? "";
  tokens.now += 12 * hourMs - 1;
  expect(tickets.make(jwtProof(everything), "acme")).toBe(ticket);
  expect(() => tickets.read(short)).toThrow("the ticket has expired: evaluate again for another one");
  tokens.now += 1;
  expect(tickets.make(jwtProof(everything), "acme")).not.toBe(ticket);
  tokens.now += 12 * hourMs - 1;
  expect(tickets.read(ticket)).toMatchObject({ orgId: "acme", name: "ada" });
  tokens.now += 1;
  expect(() => tickets.read(ticket)).toThrow("expired");
});

test("a ticket holds for as long as its token", async () => {
  const { tokens, tickets, prove } = opened();
  const text = tokens.add({ scope: { orgIds: new Set(["acme"]), featureKeys: undefined } });
  const ticket = tickets.make(await tokens.stored.proveToken(text), "acme");
  const proof = await prove(ticket);
  expect(proof.holds(tokens.now)).toBe(true);
  tokens.change(text, { revokedAt: 7 });
  expect(proof.holds(tokens.now)).toBe(false);
  expect(() => prove(ticket)).toThrow("the token was revoked");
});

test("a ticket for an organisation that its token is not for opens none", async () => {
  const { tokens, tickets, prove } = opened();
  const text = tokens.add({ scope: { orgIds: new Set(["globex"]), featureKeys: undefined } });
  const proof = await prove(tickets.make(await tokens.stored.proveToken(text), "acme"));
  expect(proof.identity.scope.orgIds).toEqual(new Set());
});

test("a ticket that would be too long for a URL is not made", () => {
  const { tickets } = opened();
  const featureKeys = new Set(Array.from({ length: 100 }, (_, n) => `feature_with_a_name_that_is_long_${n}`));
  expect(tickets.make(jwtProof({ orgIds: undefined, featureKeys }), "acme")).toBeUndefined();
});

test("a ticket by another key is none", () => {
  const { tickets } = opened();
  const other = new Tickets(new Uint8Array(32).fill(2), () => 0);
  expect(() => tickets.read(other.make(jwtProof(everything), "acme") ?? "")).toThrow("none that this service has made");
});
