/** The desktop around the window, invented: switches that keep, links that a test follows. */

import type { AskView, Commands, DeskChange, DeskView } from "./bindings";
import type { DemoWorld } from "./demo_world";

type DeskCommand = "desk" | "change_desk" | "take_asks" | "answer_closing" | "quit";
type DeskAnswers = { [C in DeskCommand]: (args: Commands[C][0]) => Commands[C][1] };

export class DemoDesk {
  readonly asks: AskView[] = [];
  view: DeskView = {
    closing: "ask",
    has_tray: true,
    starts_at_login: false,
    alerts: true,
    quiet: null,
    mail_links: { is_on: false, address: null, failure: null },
  };
}

export function deskAnswers(world: DemoWorld): DeskAnswers {
  const { desk } = world;
  return {
    desk: () => desk.view,
    change_desk: ({ change }) => (desk.view = changed(desk.view, change)),
    take_asks: () => desk.asks.splice(0),
    answer_closing: ({ answer }) => {
      if (answer !== "stay") desk.view = { ...desk.view, closing: answer };
      return null;
    },
    quit: () => null,
  };
}

function changed(view: DeskView, change: DeskChange): DeskView {
  switch (change.what) {
    case "closing":
      return { ...view, closing: change.wish };
    case "starts_at_login":
      return { ...view, starts_at_login: change.on };
    case "alerts":
      return { ...view, alerts: change.on };
    case "quiet":
      return { ...view, quiet: change.hours };
    case "mail_links":
      return {
        ...view,
        mail_links: { is_on: change.on, address: "http://127.0.0.1:24816", failure: null },
      };
  }
}
