// What else breaks, beside an n8n that answers as a real one was recorded to; a real one is in real_n8n.spec.ts.
import { tellBlastRadius } from "./support/blast_radius_story.ts";
import { startN8n } from "./support/n8n_server.ts";

tellBlastRadius("blast-radius", ({ credentialName }) => startN8n(credentialName));
