/** What the demo answers to each command of the contract. */

import { BackendError, type CommandName } from "./backend";
import type { BoardView, Commands } from "./bindings";
import { packed } from "./demo_packed_board";
import { alertAnswers } from "./demo_alerts";
import { checklistAnswers } from "./demo_checklists";
import { clientAnswers } from "./demo_clients";
import { demoConnectPlan } from "./demo_connect_plan";
import { inOrder } from "./demo_connections";
import { diagnosisAnswers } from "./demo_diagnosis";
import { deskAnswers } from "./demo_desk";
import { demoDuplicates, demoMerge, demoMergePlan } from "./demo_duplicates";
import { demoEvent } from "./demo_events";
import { demoPreview, demoTaken } from "./demo_import";
import { forwardingAnswers } from "./demo_forwarding";
import { demoHeadline } from "./demo_headline";
import { demoClock, demoHealth } from "./demo_health";
import { demoHorizon } from "./demo_horizon";
import { incidentAnswers } from "./demo_incidents";
import { demoPlatformNeeds } from "./demo_platform_needs";
import { platformAnswers } from "./demo_platforms";
import { programAnswers } from "./demo_programs";
import { queueAnswers } from "./demo_queue";
import { demoProviders } from "./demo_providers";
import { addConnection, begin, finish, paste, signIn, step } from "./demo_sign_ins";
import { supportAnswers } from "./demo_support";
import { MINUTE } from "./demo_times";
import { refresh, runChecks, testCall } from "./demo_tokens";
import { unreadAnswers } from "./demo_unread";
import { noFaults, type DemoWorld } from "./demo_world";
import { judged } from "./demo_status";

type Answers = { [C in CommandName]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> };

export function demoAnswers(world: DemoWorld): Answers {
  const diagnoses = diagnosisAnswers(world);
  return {
    ...checklistAnswers(world),
    ...clientAnswers(world),
    ...diagnoses,
    ...platformAnswers(world),
    ...incidentAnswers(world),
    ...queueAnswers(world),
    ...programAnswers(world),
    ...alertAnswers(world),
    ...forwardingAnswers(world),
    ...unreadAnswers(world),
    ...deskAnswers(world),
    ...supportAnswers(world, (id) => diagnoses.last_diagnosis({ id })),
    board: () => board(world),
    packed_board: () => packed(board(world)),
    connection: ({ id }) => world.one(id),
    list_providers: () => demoProviders,
    list_clients: () => [...world.clients.values()].map((one) => one.client),
    plan_connect: ({ provider }) => demoConnectPlan(provider),
    begin_connect: ({ form }) => begin(world, form),
    begin_reconnect: ({ id }) => {
      const { row } = world.one(id);
      return signIn(world, row.provider_id, row.provider_name, id);
    },
    paste_redirect: ({ id, address }) => paste(world, id, address),
    set_client_redirect: ({ redirect_uri: uri }) =>
      uri === null || /^https?:\/\/(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?\//.test(uri) ? null : "other_host",
    begin_widening: ({ id }) => {
      const { row } = world.one(id);
      return signIn(world, row.provider_id, row.provider_name, id);
    },
    list_duplicates: () => demoDuplicates(world),
    plan_merge: ({ keep, gone }) => demoMergePlan(world, keep, gone),
    merge_connections: ({ keep, gone }) => demoMerge(world, keep, gone),
    list_sign_ins: () => [...world.signIns.values()],
    open_sign_in_page: ({ id }) => world.signIns.has(id),
    cancel_sign_in: ({ id }) => {
      if (!world.signIns.has(id)) throw new BackendError("sign_in_gone", "No such sign-in.");
      step(world, id, { state: "cancelled" });
      world.signIns.delete(id);
      return null;
    },
    delete_grant_file: () => null,
    decide_reconnect: ({ id, decision }) => {
      const view = world.signIns.get(id);
      if (view === undefined) throw new BackendError("sign_in_gone", "No such sign-in.");
      if (decision === "replace") finish(world, id);
      else if (decision === "refuse") {
        step(world, id, { state: "refused", revoked: true, left_because: null });
        world.signIns.delete(id);
      } else {
        const added = addConnection(world, view);
        step(world, id, { state: "connected", connection_id: added });
        world.signIns.delete(id);
        world.tell("connection_changed", added);
      }
      return null;
    },
    run_test_call: ({ id }) => testCall(world, id),
    run_checks: ({ id }) => runChecks(world, id),
    refresh_now: ({ id }) => refresh(world, id),
    plan_disconnect: ({ id }) => {
      const view = world.one(id);
      return {
        revocation:
          view.row.status.lamp === "reauth_required"
            ? "nothing_to_revoke"
            : view.row.provider_id === "notion"
              ? "not_offered"
              : "ends_this_grant",
        access_token:
          view.row.provider_id === "notion" || view.row.provider_id === "microsoft"
            ? { state: "works_until", at: world.now() + 41 * MINUTE }
            : { state: "ends_too" },
        stranded: view.dependants,
        siblings: [],
      };
    },
    disconnect: ({ id }) => {
      const view = world.one(id);
      view.row.status = judged({
        lamp: "disconnected",
        reason: { kind: "disconnected_by_person" },
        since: world.now(),
        over_since: null,
        share_left: null,
        is_stale: false,
      });
      view.row.grant_end = { state: "disconnected", at: world.now() };
      view.row.token_expiry = { state: "no_token" };
      view.token = { ...view.token, expiry: { state: "no_token" }, refresh_at: null };
      view.can_refresh = false;
      view.answers.authorised = { ...view.answers.authorised, mark: "no" };
      view.answers.usable_now = { ...view.answers.usable_now, mark: "no" };
      world.log(view, { kind: "disconnected" });
      world.tell("connection_changed", id);
      return {
        revocation: { state: view.row.provider_id === "notion" ? "not_offered" : "revoked" },
        access_token:
          view.row.provider_id === "microsoft"
            ? { state: "still_works", until: world.now() + 41 * MINUTE }
            : { state: "dead" },
        siblings: [],
        stranded_count: view.dependants.length,
      };
    },
    forget_connection: ({ id }) => {
      world.one(id);
      world.connections.delete(id);
      world.tell("connection_changed", null);
      return { state: "not_ours" };
    },
    label_connection: ({ id, name, customer, environment }) => {
      world.change(id, (view) => {
        view.row = { ...view.row, name, customer, environment };
        world.log(view, { kind: "settings_changed", subject: "name and labels" });
      });
      return null;
    },
    note_connection: ({ id, note, owner }) => {
      world.change(id, (view) => {
        view.note = note;
        view.owner = owner;
      });
      return null;
    },
    horizon: ({ reach }) => demoHorizon(world, reach),
    set_automatic_refresh: ({ id, on }) => {
      world.change(id, (view) => (view.automatic_refresh = on));
      return null;
    },
    add_dependant: ({ id, dependant }) => {
      world.change(id, (view) => {
        view.dependants.push({
          id: `dep_${world.next++}`,
          workflow: dependant.workflow,
          place: dependant.place ?? "not said",
          step: dependant.step,
          owner: dependant.owner,
          provenance: "by_hand",
          seen_at: world.now(),
        });
        view.row.dependant_count = view.dependants.length;
      });
      return null;
    },
    remove_dependant: ({ id, dependant }) => {
      world.change(id, (view) => {
        view.dependants = view.dependants.filter((one) => one.id !== dependant);
        view.row.dependant_count = view.dependants.length;
      });
      return null;
    },
    list_events: () =>
      [...world.boardEvents, ...[...world.connections.values()].flatMap((view) => view.events)]
        .sort((a, b) => b.at - a.at || b.id - a.id)
        .slice(0, 2_000),
    draw_at: () => null,
    unlock_keychain: () => {
      if (world.keychain === "locked" && world.typesPassword) world.keychain = "open";
      world.tell("connection_changed", null);
      return { state: world.keychain };
    },
    self_check: () => [
      {
        part: "keychain",
        is_well: world.keychain === "open",
        found:
          world.keychain === "open"
            ? "gnome-keyring answers; a trial item was written, read back and erased."
            : "It does not answer.",
        advice: world.keychain === "open" ? null : "Unlock it, then check again. What it keeps is as it was.",
      },
      {
        part: "database",
        is_well: true,
        found: "patchbay.db, version 1, written and read back.",
        advice: null,
      },
      {
        part: "listener",
        is_well: true,
        found: "A port on 127.0.0.1 was opened and closed again.",
        advice: null,
      },
      { part: "browser", is_well: true, found: "A program answers for https addresses.", advice: null },
      { part: "clock", is_well: true, found: "agrees with the clocks of 3 servers.", advice: null },
    ],
    open_provider_page: () => null,
    open_source: () => null,
    practice: () => world.practice,
    start_practice: () => signIn(world, "practice", "Practice provider", null),
    set_practice_switches: ({ switches }) => (world.practice = { ...world.practice, switches }),
    stage_cause: ({ cause }) => (world.practice = { ...world.practice, switches: noFaults, staged: cause }),
    do_practice_deed: ({ deed }) => {
      for (const view of world.connections.values()) {
        if (!view.row.is_practice) continue;
        if (deed === "revoke_grants") world.isRevoked.add(view.row.id);
        else view.row.token_expiry = view.token.expiry = { state: "known", at: world.now() - 1_000 };
        world.tell("connection_changed", view.row.id);
      }
      if (deed === "revoke_grants") world.practice = { ...world.practice, live_grant_count: 0 };
      return world.practice;
    },
    health: ({ days }) => demoHealth(world, days),
    clock: () => demoClock(world),
    set_refresh_mode: ({ mode }) => {
      world.mode = mode;
      world.modeSince = world.now();
      world.boardEvents.unshift(
        demoEvent(null, world.now(), { kind: "settings_changed", subject: `refresh mode: ${mode}` }),
      );
      world.tell("connection_changed", null);
      return null;
    },
    choose_import: ({ is_folder: isFolder }) =>
      isFolder ? "/home/mira/.config/gcloud" : "/home/mira/credentials.json",
    preview_import: ({ path }) => demoPreview(path, world.now()),
    take_import: ({ numbers }) => demoTaken(numbers, [...world.connections.keys()][0] ?? "con_demo"),
    drop_import: () => null,
    export_calendar: () => "/home/mira/Downloads/Patchbay grants.ics",
    export_held: ({ passphrase }) => {
      if (passphrase.length < 12) throw new BackendError("bad_input", "The passphrase is too short.");
      return "/home/mira/Downloads/patchbay-held-tokens.age";
    },
  };
}

function board(world: DemoWorld): BoardView {
  const views = inOrder([...world.connections.values()]);
  const isRefreshing = world.mode === "on" && world.networkDownSince === null;
  const needs = demoPlatformNeeds(world);
  return {
    headline: demoHeadline(views, world.keychain, world.held, needs),
    platform_needs: needs,
    rows: views.map((view) => view.row),
    engine: {
      watched_count: views.length,
      next_refresh_at: views.length === 0 || !isRefreshing ? null : world.now() + 16 * MINUTE,
      mode: world.mode,
      mode_since: world.modeSince,
      network_down_since: world.networkDownSince,
      held: world.held,
    },
    keychain: { state: world.keychain },
    keychain_since: world.keychain === "open" ? null : world.openedAt,
  };
}
