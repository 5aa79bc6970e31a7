#!/usr/bin/env node
// Calls an API with a fresh token, and waits while a person must reconnect: nightly.mjs CONNECTION URL
import { execFileSync, spawnSync } from "node:child_process";

const [connection, url] = process.argv.slice(2);
const patchbay = (...words) => spawnSync("patchbay", words, { stdio: "inherit" }).status;
let exit = patchbay("preflight", connection);
if (exit === 20) exit = patchbay("wait", connection, "--timeout", "8h");
if (exit !== 0) process.exit(exit ?? 1);
const token = execFileSync("patchbay", ["token", connection], { encoding: "utf8" }).trim();
const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
console.log(await answer.text());
