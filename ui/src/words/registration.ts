/** What became of a client that Patchbay had registered at a server and nothing needs [A2, S092]. */

import type { RetirementView } from "../backend/backend";

/** Null where there is nothing to say: a person registered it, or a connection uses it. */
export function retirementWords(view: RetirementView, server: string): string | null {
  switch (view.state) {
    case "not_ours":
      return null;
    case "gone":
      return `The client that Patchbay registered at ${server} is deleted there too.`;
    case "left_there":
      return `${server} does not let Patchbay delete the client that it registered there: it stays there until ${server} removes it, and nothing of it is kept here.`;
    case "kept":
      return `The client that Patchbay registered at ${server} is not deleted there: ${server} ${view.http_status === null ? "could not be asked" : `answered HTTP ${view.http_status}`}. It is kept under Clients, and tried again when Patchbay starts or you remove it there.`;
  }
}
