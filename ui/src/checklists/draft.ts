/** A checklist between the form and what is saved [E4]. */

import type { ChecklistForm, ChecklistTemplateView, ChecklistView, MemberView } from "../backend/backend";
import type { ChecklistDraft } from "../state/checklists.svelte";

export type TemplateStart = Pick<ChecklistTemplateView, "id" | "name" | "members" | "signs_out_first">;

/** Of one that is saved, or of a template whose connections are still to be chosen. */
export function draftOf(saved: ChecklistView | null, template: TemplateStart | null): ChecklistDraft {
  return {
    name: saved?.name ?? "",
    customer: saved?.customer ?? null,
    members: structuredClone(saved?.members ?? []),
    hold_minutes: saved?.hold_minutes ?? 60,
    after_failure: saved?.after_failure ?? "go_on",
    signs_out_first: saved?.signs_out_first ?? template?.signs_out_first ?? true,
  };
}

export function formOf(id: string | null, draft: ChecklistDraft): ChecklistForm {
  return {
    id,
    name: draft.name.trim(),
    customer: draft.customer === null || draft.customer.trim() === "" ? null : draft.customer.trim(),
    hold_minutes: draft.hold_minutes,
    after_failure: draft.after_failure,
    signs_out_first: draft.signs_out_first,
    members: draft.members.map((one) => ({
      id: one.id,
      is_own: one.is_own,
      steps: one.steps.filter((step) => step.is_chosen).map((step) => step.step),
      expected: one.expected,
      answers: one.questions.map(({ name, answer }) => ({ name, answer: answer.trim() })),
      own_calls: one.own_calls,
    })),
  };
}

/** The same one, whichever plane it is of. */
export const memberKey = (member: Pick<MemberView, "id" | "is_own">): string =>
  `${member.is_own ? "own" : "platform"} ${member.id}`;

/** Templates whose name says what is tried, not of what: "Everything that can be tried". */
const namedByDeed: readonly string[] = ["everything", "own_call"];

/** A name for a list that has none: whose it is, or what it begins with. */
export function suggestedName(members: readonly MemberView[], template: TemplateStart | null): string {
  const customers = [...new Set(members.flatMap((one) => one.customer ?? []))];
  if (customers.length === 1 && customers[0] !== undefined) return `${customers[0]} demo`;
  if (template === null || members.length === 0) return "";
  return namedByDeed.includes(template.id) ? template.name : `${template.name} check`;
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
