//! Whether a result, a code or a sentence tells that something went well, in whichever language [B8, C1].

/// Whether a code or a sentence tells of something that did not go well, word by word.
pub(super) fn refuses(text: &str) -> bool {
    const STEMS: &[&str] = &[
        "illegal",
        "invalid",
        "expire",
        "denied",
        "error",
        "fail",
        "unauthor",
        "forbid",
        "exceed",
        "missing",
        "revoke",
        "suspend",
        "unauthenticated",
        "refused",
        "rejected",
        "wrong",
        "mismatch",
        "incomplete",
        "insufficient",
        "unsupported",
        "nomatch",
        "unavailab",
        "relogin",
        // In the other languages of the vocabulary.
        "ungultig",
        "abgelaufen",
        "fehlgeschlagen",
        "verweigert",
        "gesperrt",
        "caduc",
        "vencid",
        "denegad",
        "negad",
        "refuse",
        "interdit",
        "scadut",
        "negato",
        "verlopen",
        "ongeldig",
        "geweigerd",
        "wygas",
        "gecersiz",
        "ogiltig",
        "недейств",
        "неверн",
        "истек",
        "запрещ",
        "ошибк",
        "отказ",
        "заблокир",
    ];
    // Written without blanks: Chinese, Japanese, Korean.
    const PARTS: &[&str] = &[
        "过期",
        "過期",
        "無效",
        "不合法",
        "非法",
        "无权",
        "禁用",
        "禁止",
        "拒绝",
        "不正确",
        "不匹配",
        "不允许",
        "过于频繁",
        "超限",
        "超过限制",
        "受限",
        "冻结",
        "封禁",
        "未开通",
        "欠费",
        "余额不足",
        "已停用",
        "到期",
        "频繁",
        "잘못",
        "유효하지",
        "未启用",
        "没有权限",
        "权限不足",
        "期限が切れ",
        "拒否",
        "できません",
        "不正",
        "초과",
        "거부",
        "권한이 없",
        "失效",
        "无效",
        "失败",
        "错误",
        "未登录",
        "重新登录",
        "未授权",
        "無効",
        "期限切れ",
        "失敗",
        "エラー",
        "만료",
        "실패",
        "오류",
    ];
    if PARTS.iter().any(|it| text.contains(it)) {
        return true;
    }
    let words = super::plain_words_of(text);
    if words.contains(" successfully ") && !words.contains(" not ") {
        return false;
    }
    let is_told_ahead = tells_of_an_end_ahead(&words);
    let refuses = |word: &str| STEMS.iter().any(|it| word.starts_with(it) && !(is_told_ahead && *it == "expire"));
    words.split(' ').any(refuses)
        || [
            " not allowed ",
            " not found ",
            " not permitted ",
            " not authorized ",
            " not valid ",
            " too many ",
            " not in the ",
            " not available ",
            " not enabled ",
            " not active ",
            " over limit ",
            " call limit ",
            " rate limit ",
            " limit reached ",
            " ip limit ",
            " is err ",
            " must accept ",
            " need to agree ",
            " must log in again ",
            " must login again ",
            " must sign in again ",
            " must re login ",
            " please log in again ",
            " please login again ",
            " please sign in again ",
        ]
        .iter()
        .any(|it| words.contains(it))
}

/// What will be over has not ended yet, in plain words.
pub(crate) fn tells_of_an_end_ahead(words: &str) -> bool {
    [" expires in ", " expires on ", " expires at ", " will expire ", " expiring soon "]
        .iter()
        .any(|it| words.contains(it))
        && !words.contains(" expired ")
}

/// What a result says that went well.
pub(super) fn is_good_news(text: &str) -> bool {
    [
        "ok",
        "success",
        "succeeded",
        "successful",
        "true",
        "200",
        "0",
        "none",
        "null",
        "active",
        "no error",
        "成功",
        "操作成功",
        "请求成功",
    ]
    .iter()
    .any(|it| text.eq_ignore_ascii_case(it))
}

/// What a result says that did not.
pub(super) fn is_bad_news(text: &str) -> bool {
    [
        "error",
        "fail",
        "failed",
        "failure",
        "err",
        "nok",
        "ko",
        "unauthorized",
        "forbidden",
        "denied",
        "fehler",
        "erreur",
        "erro",
        "errore",
        "fehlgeschlagen",
        "falha",
        "失败",
        "失敗",
    ]
    .iter()
    .any(|it| text.eq_ignore_ascii_case(it))
}
