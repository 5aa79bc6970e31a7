//! Whose page it is: that of a wall in front of the server, or of the server itself [B8, C1].

use crate::diagnosis::answer::{Answer, BodyForm};
use crate::diagnosis::{Evidence, FailedEndpoint as E};

/// The page with which a server of programs reports a status that a program set: nothing stands in between.
pub(super) fn is_servers_own(answer: &Answer) -> bool {
    const MARKS: [&str; 6] = [
        " status report ",
        " apache tomcat ",
        " powered by jetty ",
        " whitelabel error page ",
        " jboss web ",
        " jbweb",
    ];
    MARKS.iter().any(|it| says(answer, it))
}

/// The sentence with which ASP.NET wraps what a program said of a call (SOAP 1.1 §4.4).
pub(super) fn wraps_a_fault(answer: &Answer) -> bool {
    answer.said.words.contains(" server was unable to process request ")
}

/// The wall of a content network in front of the server: by its words, by its headers, or by who says so that access is
/// denied.
pub(super) fn is_wall(evidence: &Evidence, answer: &Answer) -> bool {
    const MARKS: [&str; 5] = ["cf-mitigated", "x-datadome", "x-dd-b", "x-amzn-waf-action", "x-px-block"];
    let says = |text: &&str| says(answer, text);
    let is_data = matches!(answer.form, BodyForm::Json | BodyForm::Xml | BodyForm::Form);
    if MARKS.iter().any(|it| evidence.header(it).is_some()) || is_of_a_wall(answer) {
        return true;
    }
    if is_data || answer.form == BodyForm::Empty {
        return false;
    }
    let server = evidence.header("server").unwrap_or_default().to_ascii_lowercase();
    let is_edge = EDGES.iter().any(|it| server.contains(it));
    let is_page = answer.form == BodyForm::Html && evidence.endpoint != E::Authorize;
    WALLS.iter().any(says)
        || is_page && CAPTCHAS.iter().any(says)
        || (is_edge || says(&" reference ")) && (says(&"access denied") || says(&"forbidden"))
}

/// Whether only such a wall writes so, whatever form its answer has.
pub(super) fn is_of_a_wall(answer: &Answer) -> bool {
    CHALLENGES.iter().any(|text| says(answer, text))
}

fn says(answer: &Answer, text: &str) -> bool {
    answer.spaced.contains(text) || answer.said.words.contains(text)
}

const EDGES: &[&str] =
    &["akamai", "cloudflare", "cloudfront", "imperva", "sucuri", "awselb", "bigip", "fastly", "ddos-guard", "datadome"];

/// What nobody writes who answers a call.
const CHALLENGES: &[&str] = &[
    "captcha delivery com",
    "token awswaf com",
    "cdn cgi challenge platform",
    "cloudflare error true",
    "challenge error text",
    "incapsula incident",
    "incapsula resource",
    "px captcha",
    "perimeterx",
];

const CAPTCHAS: &[&str] = &["h captcha", "hcaptcha", "g recaptcha", "complete the captcha", "cf turnstile"];

const WALLS: &[&str] = &[
    "you have been blocked",
    // Akamai names the whole address, other servers a path.
    "you don t have permission to access http",
    "error 1020",
    "error code 1005 ",
    "error code 1006 ",
    "error code 1007 ",
    "error code 1008 ",
    "error code 1009 ",
    "error code 1010 ",
    "error code 1012 ",
    "error code 1020 ",
    "just a moment",
    "attention required",
    "checking your browser",
    "verifying your browser",
    "verify your browser",
    "verify you are human",
    "verifying you are human",
    "confirm you are a human",
    "not a robot",
    "are you a robot",
    "human verification",
    "enable javascript and cookies",
    "enable js and disable any ad blocker",
    "security checkpoint",
    "complete the security check",
    "ddos protection by",
    "ddos guard",
    "pardon our interruption",
    "unusual traffic",
    "used cloudflare to restrict access",
    "website firewall",
    "web application firewall",
    "reference 18",
    "request blocked",
    "request could not be satisfied",
    "security service to protect itself",
    "errors edgesuite net",
    "incapsula",
    "requested url was rejected",
];
