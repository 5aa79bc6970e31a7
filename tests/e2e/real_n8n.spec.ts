// What else breaks, beside a real n8n that `./dev n8n` has installed and started: its own API makes the credential and the
// workflow, its own runs fail and go well.
import { it } from "node:test";
import { tellBlastRadius } from "./support/blast_radius_story.ts";
import { startRealN8n } from "./support/real_n8n.ts";

const address = process.env["PATCHBAY_N8N_ADDRESS"];
if (address === undefined)
  it("follows one death through a real n8n", {
    skip: "there is no n8n to speak to: ./dev n8n installs and starts one",
  });
else tellBlastRadius("real-n8n", (beginning) => startRealN8n(address, beginning));
