/** Programs at the door, invented: some ask, some may, some were seen, some wait. */

import { BackendError } from "./backend";
import type {
  BlockedRunView,
  Commands,
  ConnectionRowView,
  LearnedProgramView,
  PermissionView,
  ProgramView,
  ProgramsView,
  UnaskedView,
} from "./bindings";
import { DAY, HOUR, MINUTE } from "./demo_times";
import type { DemoWorld } from "./demo_world";

type ProgramCommand =
  | "programs"
  | "answer_program"
  | "revoke_program"
  | "set_unasked"
  | "rename_learned_program"
  | "forget_learned_program";
type ProgramAnswers = { [C in ProgramCommand]: (args: Commands[C][0]) => Commands[C][1] };

const SCRIPTS = ["backup.py", "nightly.py", "report.mjs", "invoices.sh", "sync_contacts.py"];
/** So many copies of one program are asked about. */
const MOST_OF_A_GROUP = 16;
/** As if each had a content of its own. */
const fingerprint = (of: string): string =>
  Array.from({ length: 12 }, (_, place) =>
    ((of.charCodeAt(place % of.length) * 7 + place * 5) % 16).toString(16),
  ).join("");

export class DemoPrograms {
  permissions: ProgramView[] = [];
  learned: LearnedProgramView[] = [];
  blocked: BlockedRunView[] = [];
  unasked: UnaskedView = "refuse";

  constructor(
    private readonly world: DemoWorld,
    { asking, blocked, hasSome }: { asking: number; blocked: number; hasSome: boolean },
  ) {
    const rows = [...world.connections.values()].map((view) => view.row).filter((row) => !row.is_practice);
    if (rows.length === 0) return;
    const at = (index: number): ConnectionRowView => rows[index % rows.length] as ConnectionRowView;
    for (let index = 0; index < asking; index++) this.ask(at(index), index);
    if (hasSome || asking > 0) {
      this.permissions.push(
        this.#program(at(1), 1, { may: "always" }),
        this.#program(at(2), 2, { may: "until", at: world.now() + 4 * DAY }),
        this.#program(at(3), 3, { may: "never" }),
      );
      this.learned.push(
        this.#learned(at(1), 1, { kind: "learned", seconds: 86_400, percent: 100 }),
        this.#learned(at(2), 2, { kind: "learned", seconds: 3_600, percent: 82 }),
        this.#learned(at(3), 3, { kind: "unknown" }),
      );
    }
    const dead = rows.filter((row) => row.status.lamp === "reauth_required");
    for (let index = 0; index < blocked; index++) {
      const row = dead[index % Math.max(1, dead.length)] ?? at(index);
      this.blocked.push({
        number: index + 1,
        name: SCRIPTS[(index + 1) % SCRIPTS.length] ?? "nightly.py",
        path: `/srv/jobs/${SCRIPTS[(index + 1) % SCRIPTS.length] ?? "nightly.py"}`,
        since: world.now() - 8 * HOUR + index * 20 * MINUTE,
        needs: [{ connection: row.id, connection_name: row.name }],
      });
    }
  }

  /** One more asks, for the first time. */
  ask(row: ConnectionRowView, index: number): void {
    this.permissions.push(this.#program(row, index, { may: "asked" }));
  }

  view(): ProgramsView {
    const questions = this.permissions.filter((one) => one.permission.may === "asked");
    return {
      turned_away: questions.length < MOST_OF_A_GROUP ? 0 : 4,
      questions,
      answered: this.permissions.filter((one) => one.permission.may !== "asked"),
      learned: this.learned,
      blocked: this.blocked,
      unasked: this.unasked,
    };
  }

  #program(row: ConnectionRowView, index: number, permission: PermissionView): ProgramView {
    // The third one that asks says not what it runs.
    const isBare = permission.may === "asked" && index === 2;
    const name = isBare ? "python3.11" : (SCRIPTS[index % SCRIPTS.length] ?? "backup.py");
    const isScript = !name.endsWith(".sh");
    const runs = name.endsWith(".mjs") ? "/usr/bin/node" : isScript ? "/usr/bin/python3.11" : "/usr/bin/bash";
    return {
      id: `prg_demo${index}${permission.may}`,
      name,
      connection: row.id,
      connection_name: row.name,
      file: { path: runs, fingerprint: fingerprint(runs) },
      script: isBare
        ? null
        : { path: `/srv/jobs/${name}`, fingerprint: fingerprint(`${name}${permission.may}`) },
      started_by: index % 2 === 0 ? "cron" : null,
      stands_for: isBare ? "Python" : null,
      is_replaced: permission.may === "asked" && index === 1,
      permission,
      asked_at: this.world.now() - (index + 1) * 3 * MINUTE,
      said_at: permission.may === "asked" ? null : this.world.now() - (index + 1) * DAY,
      token_at: permission.may === "always" ? this.world.now() - 22 * MINUTE : null,
    };
  }

  #learned(
    row: ConnectionRowView,
    index: number,
    schedule: LearnedProgramView["schedule"],
  ): LearnedProgramView {
    const name = SCRIPTS[index % SCRIPTS.length] ?? "backup.py";
    const every = schedule.kind === "learned" ? schedule.seconds * 1000 : null;
    const last = this.world.now() - (index === 1 ? 8 * HOUR : index * 22 * MINUTE);
    return {
      path: `/srv/jobs/${name}`,
      name,
      merged_with: null,
      schedule,
      next_run_at: every === null ? null : last + every,
      first_at: this.world.now() - index * 9 * DAY,
      last_at: last,
      uses: [{ connection: row.id, connection_name: row.name, count: 9 * index + 3 }],
    };
  }
}

export function programAnswers(world: DemoWorld): ProgramAnswers {
  const { programs } = world;
  const told = (): ProgramsView => {
    world.tell("programs_changed", null);
    return programs.view();
  };
  return {
    programs: () => programs.view(),
    answer_program: ({ id, connection, answer }) => {
      const one = programs.permissions.find((it) => it.id === id && it.connection === connection);
      if (one === undefined) throw new BackendError("bad_input", "That program is not asked about any more.");
      one.permission = answer === "week" ? { may: "until", at: world.now() + 7 * DAY } : { may: answer };
      one.said_at = world.now();
      return told();
    },
    revoke_program: ({ id, connection }) => {
      programs.permissions = programs.permissions.filter(
        (it) => !(it.id === id && it.connection === connection),
      );
      return told();
    },
    set_unasked: ({ unasked }) => {
      programs.unasked = unasked;
      return told();
    },
    rename_learned_program: ({ path, name }) => {
      programs.learned = programs.learned.map((it) => (it.path === path ? { ...it, name } : it));
      return told();
    },
    forget_learned_program: ({ path }) => {
      programs.learned = programs.learned.filter((it) => it.path !== path);
      return told();
    },
  };
}
