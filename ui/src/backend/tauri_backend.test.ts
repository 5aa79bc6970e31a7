/** The door to Rust: names as the contract has them, refusals as codes. */

import { beforeEach, describe, expect, it, vi } from "vitest";
import { BackendError } from "./backend";
import { tauriBackend } from "./tauri_backend";

const { invoke, listen } = vi.hoisted(() => ({ invoke: vi.fn(), listen: vi.fn() }));
vi.mock("@tauri-apps/api/core", () => ({ invoke }));
vi.mock("@tauri-apps/api/event", () => ({ listen }));

beforeEach(() => {
  invoke.mockReset();
  listen.mockReset();
});

describe("the real backend", () => {
  it("asks by the command's own name, with its fields as they are", async () => {
    invoke.mockResolvedValue(null);

    await tauriBackend.call("set_automatic_refresh", { id: "con_1", on: false });

    expect(invoke).toHaveBeenCalledWith("set_automatic_refresh", { id: "con_1", on: false });
  });

  it("hears events under their dashed names and hands on the payload", async () => {
    const heard = vi.fn();
    listen.mockImplementation((_: string, ear: (event: { payload: unknown }) => void) => {
      ear({ payload: "con_1" });
      return Promise.resolve(() => undefined);
    });

    await tauriBackend.listen("connection_changed", heard);

    expect(listen).toHaveBeenCalledWith("connection-changed", expect.any(Function));
    expect(heard).toHaveBeenCalledWith("con_1");
  });

  it("turns a refusal into its code, and anything else into unexpected", async () => {
    invoke.mockRejectedValueOnce({ code: "connection_gone", message: "No such connection." });
    const known: unknown = await tauriBackend
      .call("connection", { id: "x" })
      .catch((error: unknown) => error);
    invoke.mockRejectedValueOnce("board not allowed");
    const other: unknown = await tauriBackend.call("board", {}).catch((error: unknown) => error);

    expect(known).toEqual(new BackendError("connection_gone", "No such connection."));
    expect((known as BackendError).code).toBe("connection_gone");
    expect((other as BackendError).code).toBe("unexpected");
  });
});
