// Locks, unlocks and restarts the private keychain that tests/with_keychain.sh started. Linux only.
import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const NAME = "org.freedesktop.secrets";
const COLLECTION = "/org/freedesktop/secrets/collection/login";

/** Locks the keyring, as a screen lock or the person would. A prompt to unlock it fails at once: it has no display. */
export async function lockKeychain(): Promise<void> {
  await call(
    NAME,
    "/org/freedesktop/secrets",
    "org.freedesktop.Secret.Service.Lock",
    `array:objpath:${COLLECTION}`,
  );
}

/** Ends the daemon, as a crash would, and starts one anew that has the same keyring unlocked. */
export async function restartKeychainUnlocked(): Promise<void> {
  await stopKeychain();
  await startKeychainUnlocked();
}

/** Ends the daemon, as a crash would. */
export async function stopKeychain(): Promise<void> {
  const pid = /uint32 (\d+)/.exec(await callBus("GetConnectionUnixProcessID"))?.[1];
  if (pid === undefined) throw new Error("the bus names no process for the keychain");
  process.kill(Number(pid), "SIGTERM");
  await until(async () => !(await keychainRuns()), "the keychain daemon did not end");
}

/** Starts a daemon that has the session's keyring unlocked. One that is there already is another one: an error. */
export async function startKeychainUnlocked(): Promise<void> {
  const password = process.env["PATCHBAY_TEST_KEYCHAIN_PASSWORD"];
  if (password === undefined) throw new Error("run this through tests/with_keychain.sh");
  if (await keychainRuns()) throw new Error("somebody else started a keychain daemon, which is locked");
  // It ends with its bus, which tests/with_keychain.sh stops.
  const daemon = spawn("gnome-keyring-daemon", ["--foreground", "--unlock", "--components=secrets"], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  daemon.unref();
  daemon.stdin.end(password);
  await until(keychainRuns, "the keychain daemon did not come back");
}

export async function keychainRuns(): Promise<boolean> {
  return (await callBus("NameHasOwner")).includes("boolean true");
}

function callBus(method: string): Promise<string> {
  return call(
    "org.freedesktop.DBus",
    "/org/freedesktop/DBus",
    `org.freedesktop.DBus.${method}`,
    `string:${NAME}`,
  );
}

async function call(destination: string, path: string, method: string, argument: string): Promise<string> {
  const { stdout } = await run("dbus-send", [
    "--session",
    "--print-reply",
    `--dest=${destination}`,
    path,
    method,
    argument,
  ]);
  return stdout;
}

async function until(holds: () => Promise<boolean>, failure: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(failure);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
