/** The file that a dialog writes: where it is, or why there is none. Notices lie under a dialog, which says it itself. */

import { BackendError } from "../backend/backend";

export class SavedFile {
  path = $state<string | null>(null);
  error = $state.raw<BackendError | null>(null);

  async save(write: () => Promise<string>): Promise<void> {
    this.path = this.error = null;
    try {
      this.path = await write();
    } catch (error) {
      this.error = BackendError.of(error);
    }
  }
}
