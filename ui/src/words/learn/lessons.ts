/** Every cause's page, by group, in the order they are listed. */

import type { CauseLabel } from "../../backend/backend";
import { clientLessons } from "./client";
import { consentLessons } from "./consent";
import { grantLessons } from "./grants";
import type { Lesson } from "./lesson";
import { organisationLessons } from "./organisation";
import { surroundingLessons } from "./surroundings";
import { tokenLessons } from "./tokens";

export type { Lesson, Source } from "./lesson";

export const lessons: Record<CauseLabel, Lesson> = {
  ...tokenLessons,
  ...grantLessons,
  ...consentLessons,
  ...organisationLessons,
  ...clientLessons,
  ...surroundingLessons,
};

const keys = (group: Partial<Record<CauseLabel, Lesson>>): CauseLabel[] => Object.keys(group) as CauseLabel[];

export const lessonGroups: readonly { head: string; causes: readonly CauseLabel[] }[] = [
  { head: "Access tokens", causes: keys(tokenLessons) },
  { head: "Grants", causes: keys(grantLessons) },
  { head: "Consent and sharing", causes: keys(consentLessons) },
  { head: "Organisations", causes: keys(organisationLessons) },
  { head: "The client", causes: keys(clientLessons) },
  { head: "Around it", causes: keys(surroundingLessons) },
];
