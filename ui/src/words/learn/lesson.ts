/** What a "Why did this happen?" page holds, and how its sources are written [C1]. */

export interface Source {
  title: string;
  url: string;
}

export interface Lesson {
  /** What brings it about, in one or two sentences. */
  why: string;
  /** What would have prevented it. */
  prevention: readonly [string, string];
  /** What lies behind it, for who wants to know more. */
  paragraphs: readonly string[];
  sources: readonly Source[];
}

/** `rfc(6749, "5.2", "Error response")`. */
export function rfc(number: number, section: string, title: string): Source {
  return {
    title: `RFC ${number}, section ${section}: ${title}`,
    url: `https://www.rfc-editor.org/rfc/rfc${number}#section-${section}`,
  };
}

/** A failure of this kind that somebody reported in public. */
export function seen(repository: string, number: number, kind: "issues" | "pull" = "issues"): Source {
  return {
    title: `Seen in the wild: ${repository}, no. ${number}`,
    url: `https://github.com/${repository}/${kind}/${number}`,
  };
}

export const openId: Source = {
  title: "OpenID Connect Core, section 3.1.2.6: Authentication error response",
  url: "https://openid.net/specs/openid-connect-core-1_0.html#AuthError",
};
