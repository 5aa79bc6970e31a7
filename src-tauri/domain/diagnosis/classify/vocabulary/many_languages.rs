//! How the most frequent terms are said in Danish, Norwegian, Swedish, Czech, Hungarian, Finnish, Romanian, Ukrainian,
//! Greek, Indonesian, Vietnamese, Thai, Arabic and Hebrew [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::Token,
        "tokenet, tokenen, tokenu, tokenul, tokenului, tokeny, tokena, токену, ma token, ma thong bao, token anda, โทเค็น, โทเคน, رمز الوصول, الرمز المميز, \
         אסימון, διακριτικό",
    ),
    (
        Term::RefreshToken,
        "токен оновлення, токена оновлення, obnovovaci token*, refresh tokenet, refresh tokenen, token penyegaran, ma lam mới, token lam mới",
    ),
    (
        Term::AccessToken,
        "токен доступу, токена доступу, pristupovy token*, hozzaferesi token*, adgangstoken*, tilgangstoken*, token akses, token truy cập, token de acces",
    ),
    (
        Term::Session,
        "relace, munkamenet*, istunto*, sesiune*, sesi anda, phien dang nhập, phien lam việc, phien, сесія, сесії, เซสชัน, جلسة, الجلسة, συνεδρία",
    ),
    (
        Term::User,
        "bruger*, bruker*, uzivatel*, felhasznalo*, kayttaja*, utilizator*, pengguna, người dung, користувач*, обліков*, ucet, uctu, fiok*, tili, tilisi, cont, \
         contul, akun, tai khoản, kontoen, brugerkonto*, ผู้ใช้, บัญชี, حساب, الحساب, المستخدم, χρήστης, λογαριασμός*, משתמש, חשבון",
    ),
    (
        Term::Permission,
        "tilladelse*, tillatelse*, rettighed*, rettighet*, opravneni, jogosultsag*, kayttooikeu*, permisiun*, drepturi*, izin, hak akses, quyền, права доступу, \
         дозвол*, สิทธิ์, صلاحية, הרשאה, δικαίωμα*",
    ),
    (
        Term::Password,
        "adgangskode*, passord*, heslo, hesla, jelszo*, salasana*, parola, mật khẩu, รหัสผ่าน, كلمة المرور, סיסמה, κωδικός πρόσβασης",
    ),
    (
        Term::Expired,
        "udlobet, udlob, utlopt, utgatt, utgangen, har gatt ut, vyprsel*, platnost skoncila, prosly, lejart, vanhentunut, vanhentunee*, umpeutunut, expirat, \
         expirata, hết hạn, закінчив*, закінчилас*, термін дії, прострочен*, หมดอายุ, انتهت صلاحية, انتهاء صلاحية, منتهية الصلاحية, פג תוקף, פג, έχει λήξει, \
         έληξε",
    ),
    (
        Term::Revoked,
        "tilbagekaldt, trukket tilbake, tilbakekalt, aterkallad*, aterkallats, odvolan*, zrusen*, visszavont*, visszavontak, peruttu, revocat*, dicabut, bị thu \
         hồi, da thu hồi, відклика*, ถูกเพิกถอน, تم إلغاء, בוטל",
    ),
    (
        Term::Invalid,
        "ugyldig*, neplatn*, nespravn*, chybn*, ervenytelen*, helytelen*, hibas*, virheelli*, vaara*, nevalid*, incorect*, greșit*, khong hợp lệ, khong dung, \
         sai mật khẩu, недійсн*, невірн*, неправильн*, ไม่ถูกต้อง, غير صالح*, غير صحيح*, لا صالح, לא חוקי, לא תקין, שגוי, μη έγκυρ*, λάθος",
    ),
    (
        Term::NotFound,
        "ikke fundet, findes ikke, ikke funnet, finnes ikke, nenalezen*, neexistuje, nem talalhato, nem letezik, ei loydy, ei loytynyt, nu a fost gasit*, nu \
         exista, khong tim thấy, khong tồn tại, не знайден*, не існує, ไม่พบ, غير موجود*, לא נמצא, δεν βρέθηκε",
    ),
    (
        Term::Missing,
        "mangler, pakraevet, pakrevd, kraeves, chybi, vyzadov*, povinn*, hianyzik, kotelezo, szukseges, puuttuu, vaaditaan, lipsește, obligatoriu, thiếu, bắt \
         buộc, yeu cầu phải, відсутн*, обовязков*, потрібн*, จำเป็นต้อง, مطلوب*, مفقود*, חסר, נדרש, απαιτείται, λείπει",
    ),
    (
        Term::NotAccessible,
        "adgang naegtet, ingen adgang, adgang forbudt, ingen tilgang, ikke tilgang, tilgang nektet, atkomst nekas, atkomst nekades, pristup odepren, pristup \
         zamitnut, pristup byl odepren, hozzaferes megtagadva, nincs hozzaferes*, paasy estetty, paasy evatty, kayttooikeus evatty, ei kayttooikeutta, acces \
         refuzat, acces interzis, khong co quyền truy cập, từ chối truy cập, truy cập bị từ chối, доступ заборонен*, немає доступу, у доступі відмовлено, \
         ปฏิเสธการเข้าถึง, ไม่มีสิทธิ์เข้าถึง, تم رفض الوصول, الوصول مرفوض, אין גישה, הגישה נדחתה, δεν επιτρέπεται η πρόσβαση, άρνηση πρόσβασης",
    ),
    (
        Term::NotHeld,
        "ikke tilladelse, har ikke rettigheder, nemate opravneni, nema opravneni, nincs jogosultsag*, ei oikeutta, ei oikeuksia, nu aveți permisiune*, khong co \
         quyền, khong dủ quyền, недостатньо прав, немає прав, ไม่มีสิทธิ์, ไม่มีสิทธิ, ليس لديك صلاحية, ليس لديك إذن, אין הרשאה, δεν έχετε δικαίωμα",
    ),
    (
        Term::NotAllowed,
        "ikke tilladt, ikke tillatt, ikke autoriseret, ikke autorisert, nepovolen*, neni povolen*, neni opravnen*, nem engedelyezett, nem jogosult, ei \
         sallittu, nu este permis*, neautorizat*, khong dược phep, заборонен*, не дозволен*, ไม่ได้รับอนุญาต, غير مصرح*, غير مسموح*, ممنوع, אסור, לא מורשה, δεν \
         επιτρέπεται",
    ),
    (
        Term::Disabled,
        "spaerret, suspenderet, deaktiveret, sperret, suspendert, deaktivert, last, zablokovan*, pozastaven*, deaktivovan*, zakazan*, felfuggeszt*, letiltott*, \
         letiltva, zarolt*, zarolva, lukittu, poistettu kaytosta, suspendat*, dezactivat*, blocat*, bị khoa, bị dinh chỉ, vo hiệu hoa, заблокован*, \
         призупинен*, відключен*, ถูกระงับ, ถูกล็อก, ถูกปิดใช้งาน, محظور*, معلق*, تم تعليق, معطل*, מושעה, חסום, נעול, έχει ανασταλεί, κλειδωμέν*",
    ),
    (
        Term::Rate,
        "for mange foresporgsler, for mange anmodninger, for mange forsog, for manga forfragningar, prilis mnoho pozadavku, prilis mnoho pokusu, tul sok keres, \
         liian monta pyyntoa, liikaa pyyntoja, prea multe cereri, prea multe solicitari, qua nhiều yeu cầu, vượt qua giới hạn, забагато запитів, перевищено \
         ліміт, คำขอมากเกินไป, เกินขีดจำกัด, طلبات كثيرة, تجاوزت الحد, יותר מדי בקשות, πάρα πολλά αιτήματα",
    ),
    (
        Term::Retry,
        "prov igen senere, prov igjen senere, zkuste to pozdeji, zkuste to znovu, probalja ujra kesobb, yrita myohemmin, incercați mai tarziu, thử lại sau, \
         спробуйте пізніше, ลองใหม่ภายหลัง, حاول مرة أخرى لاحق*, נסה שוב מאוחר",
    ),
    (
        Term::Outage,
        "intern fejl, serverfejl, intern feil, interni chyba, chyba serveru, belso hiba, szerverhiba, sisainen virhe, palvelinvirhe, eroare interna, eroare de \
         server, lỗi may chủ, lỗi hệ thống, kesalahan server, kesalahan internal, sedang dalam pemeliharaan, внутрішня помилка, помилка сервера, \
         ข้อผิดพลาดภายใน, خطأ داخلي, خطأ في الخادم, שגיאת שרת, εσωτερικό σφάλμα",
    ),
    (
        Term::Unauthenticated,
        "godkendelse mislykkedes, ikke godkendt, autentisering mislyktes, autentizace selhala, overeni selhalo, neautorizovan*, sikertelen hitelesites, \
         todennus epaonnistui, kirjautuminen epaonnistui, autentificare eșuata, xac thực thất bại, xac thực khong thanh cong, autentikasi gagal, tidak \
         terautentikasi, помилка автентифікації, не авторизован*, การยืนยันตัวตนล้มเหลว, فشل المصادقة, אימות נכשל, αποτυχία ελέγχου ταυτότητας",
    ),
    (
        Term::Interaction,
        "log ind igen, logg inn pa nytt, logg inn igjen, prihlaste se znovu, prihlaste se, jelentkezzen be ujra, kirjaudu uudelleen, conectați va din nou, \
         autentificați va din nou, dang nhập lại, silakan login, silakan masuk, увійдіть знову, увійдіть, เข้าสู่ระบบอีกครั้ง, تسجيل الدخول مرة أخرى, התחבר \
         מחדש, συνδεθείτε ξανά",
    ),
    (
        Term::Cancelled,
        "annulleret, avbrutt, afvist af brugeren, zrusil uzivatel, uzivatel odmitl, a felhasznalo megszakitotta, peruutettu, dibatalkan, bị hủy, người dung từ \
         chối, скасован*, користувач відхилив, ผู้ใช้ยกเลิก, تم الإلغاء",
    ),
    (
        Term::Reused,
        "allerede brugt, allerede brukt, jiz pouzit*, uz pouzit*, mar felhasznalt*, jo kaytetty, deja utilizat*, sudah digunakan, da dược sử dụng, вже \
         використан*, ถูกใช้แล้ว, تم استخدامه",
    ),
    (
        Term::Upgrade,
        "dit abonnement, ditt abonnement, vas tarif, vase predplatne, az on csomagja, tilauksesi, abonamentul dvs, goi dịch vụ, goi của bạn, paket langganan, \
         ваш тарифний план, แพ็กเกจของคุณ",
    ),
];
