//! Knows the names under which answers keep their codes, their sentences and their errors [C1, B8].

use super::said::CodeField;

/// Names of the one sentence that an error says.
pub(super) const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "errmsg",
    "retmsg",
    "resultmsg",
    "resultmessage",
    "respmsg",
    "rspmsg",
    "returnmsg",
    "returnauthmsg",
    "mensaje",
    "mensagem",
    "messaggio",
    "meldung",
    "nachricht",
    "bericht",
    "motivo",
    "motif",
    "statusmessage",
    "description",
    "desc",
    "retdesc",
    "resultdesc",
    "returndesc",
    "respdesc",
    "rspdesc",
    "responsedesc",
    "responsemessage",
    "responsemsg",
    "codedesc",
    "codemsg",
    "statusdesc",
    "statusmsg",
    "statusdescription",
    "detail",
    "details",
    "info",
];

/// Letters and digits of a name in lower case, as far as they fit.
pub(super) fn plain_key<'a>(key: &str, buffer: &'a mut [u8; 32]) -> &'a str {
    // XML and JSON-LD put a prefix before it.
    let key = key.rsplit(':').next().unwrap_or(key);
    let mut length = 0;
    for it in key.bytes().filter(u8::is_ascii_alphanumeric).take(buffer.len()) {
        buffer[length] = it.to_ascii_lowercase();
        length += 1;
    }
    std::str::from_utf8(&buffer[..length]).unwrap_or_default()
}

/// Names under which errors stand, and nothing else does.
pub(super) fn is_error_key(key: &str) -> bool {
    let mut buffer = [0; 32];
    let name = plain_key(key, &mut buffer);
    matches!(
        name,
        "fault"
            | "fehler"
            | "erreur"
            | "errore"
            | "erro"
            | "faults"
            | "exception"
            | "problem"
            | "oauthproblem"
            | "failcode"
            | "failurecode"
            | "suberror"
            | "err"
            | "errors"
            | "error"
    ) || name.starts_with("err") && !name.contains("uri") && !name.contains("url")
        || name.ends_with("error")
        || name.ends_with("errors")
        || name.ends_with("fault")
        || name.ends_with("exception")
}

pub(super) fn code_field(name: &str) -> Option<CodeField> {
    Some(match name {
        "error" | "errors" | "err" => CodeField::Error,
        "status" | "type" | "category" | "class" | "errortype" | "errorclass" | "title" | "kind" | "tag" | "name"
        | "errorname" | "exception" | "exceptionname" | "state" | "result" | "xmlroot" => CodeField::Class,
        "code" | "codes" | "errorcode" | "errorcodes" | "errcode" | "errno" | "errorno" | "errornum"
        | "errornumber" | "errorid" | "errorkey" | "failcode" | "failurecode" | "faultcode" | "exceptioncode"
        | "resultcode" | "returncode" | "retcode" | "ret" | "responsecode" | "serviceerrorcode" | "messagecode"
        | "msgcode" | "statuscode" | "apierrorcode" | "oauthproblem" | "majorerrorcode" | "minorerrorcode"
        | "internalcode" | "appcode" | "bizcode" | "xerr" | "key" | "errorsummary" | "httpstatus" | "httpcode"
        | "value" => CodeField::Code,
        "reason" | "errorreason" | "suberror" | "suberrors" | "errorsubcode" | "subcode" | "errorsubtype"
        | "substatus" | "subtype" | "failurereason" | "reasoncode" | "detailcode" | "errordetailcode"
        | "innererrorcode" | "errorcause" => CodeField::Sub,
        _ => return None,
    })
}

/// Names under which sentences stand.
pub(super) fn speaks(name: &str) -> bool {
    [
        "mess",
        "mensa",
        "meldung",
        "nachricht",
        "msg",
        "desc",
        "desp",
        "detail",
        "reason",
        "hint",
        "title",
        "text",
        "explan",
        "summary",
        "warn",
        "note",
        "cause",
        "help",
        "info",
        "status",
        "phrase",
        "problem",
        "advice",
        "notice",
        "alert",
        "string",
        "faultactor",
        "body",
        "content",
        "reply",
        "response",
    ]
    .iter()
    .any(|it| name.contains(it))
}

/// Names under which a program repeats a status.
pub(super) fn is_result_code(name: &str) -> bool {
    matches!(name, "resultcode" | "retcode" | "returncode" | "errcode" | "errorcode")
}
