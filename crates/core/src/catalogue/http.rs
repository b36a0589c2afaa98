//! HTTP statuses as codes (spec 11.2): facility 0x19.

use crate::language::Language;

table! {
    /// The 41 statuses that the headers name. 1xx, 2xx and 3xx are errors only where the answer cannot be used.
    HTTP: Http {
    0x8019_0064 BG_E_HTTP_ERROR_100 Transient
        "HTTP status 100: the server told us to go on, and sent nothing after that."
        "Statut HTTP 100 : le serveur a invité à continuer, puis n'a rien envoyé.";
    0x8019_0065 BG_E_HTTP_ERROR_101 Transient
        "HTTP status 101: the server changed to another protocol, unasked."
        "Statut HTTP 101 : le serveur a changé de protocole sans qu'on le lui demande.";
    0x8019_00C8 BG_E_HTTP_ERROR_200 Fatal
        "HTTP status 200: the server's answer does not fit the request; resuming the job asks again."
        "Statut HTTP 200 : la réponse ne convient pas à la demande ; reprendre la tâche la renouvelle.";
    0x8019_00C9 BG_E_HTTP_ERROR_201 Transient
        "HTTP status 201: the server created something instead of sending the file."
        "Statut HTTP 201 : le serveur a créé une ressource au lieu d'envoyer le fichier.";
    0x8019_00CA BG_E_HTTP_ERROR_202 Transient
        "HTTP status 202: the server accepted the request and has not carried it out yet."
        "Statut HTTP 202 : le serveur a accepté la demande sans l'avoir encore exécutée.";
    0x8019_00CB BG_E_HTTP_ERROR_203 Transient
        "HTTP status 203: somebody on the way altered the server's answer."
        "Statut HTTP 203 : la réponse du serveur a été modifiée en chemin.";
    0x8019_00CC BG_E_HTTP_ERROR_204 Transient
        "HTTP status 204: the server's answer is empty."
        "Statut HTTP 204 : la réponse du serveur est vide.";
    0x8019_00CD BG_E_HTTP_ERROR_205 Fatal
        "HTTP status 205: the server's answer does not fit the request; resuming the job asks again."
        "Statut HTTP 205 : la réponse ne convient pas à la demande ; reprendre la tâche la renouvelle.";
    0x8019_00CE BG_E_HTTP_ERROR_206 Transient
        "HTTP status 206: the server sent a part of the file that cannot be used."
        "Statut HTTP 206 : le serveur a envoyé une partie inutilisable du fichier.";
    0x8019_012C BG_E_HTTP_ERROR_300 Fatal
        "HTTP status 300: the server offers several files and sends none of them."
        "Statut HTTP 300 : le serveur propose plusieurs fichiers et n'en envoie aucun.";
    0x8019_012D BG_E_HTTP_ERROR_301 Fatal
        "HTTP status 301: the file has moved for good, and the job does not follow."
        "Statut HTTP 301 : le fichier a déménagé définitivement, et la tâche ne suit pas.";
    0x8019_012E BG_E_HTTP_ERROR_302 Fatal
        "HTTP status 302: the file is elsewhere for now, and the job does not follow."
        "Statut HTTP 302 : le fichier est provisoirement ailleurs, et la tâche ne suit pas.";
    0x8019_012F BG_E_HTTP_ERROR_303 Fatal
        "HTTP status 303: the server refers to another URL, and the job does not follow."
        "Statut HTTP 303 : le serveur renvoie à une autre URL, et la tâche ne suit pas.";
    0x8019_0130 BG_E_HTTP_ERROR_304 Fatal
        "HTTP status 304: the server says \"not modified\", which nobody asked; resuming the job asks again."
        "Statut HTTP 304 : « non modifié », sans qu'on l'ait demandé ; reprendre la tâche renouvelle la demande.";
    0x8019_0131 BG_E_HTTP_ERROR_305 Fatal
        "HTTP status 305: the server wants to be asked through a proxy."
        "Statut HTTP 305 : le serveur veut être interrogé par l'intermédiaire d'un proxy.";
    0x8019_0133 BG_E_HTTP_ERROR_307 Fatal
        "HTTP status 307: the file is elsewhere for now, and the job does not follow."
        "Statut HTTP 307 : le fichier est provisoirement ailleurs, et la tâche ne suit pas.";
    0x8019_0190 BG_E_HTTP_ERROR_400 Fatal
        "HTTP status 400: the server does not understand the request; the URL may be wrong."
        "Statut HTTP 400 : le serveur ne comprend pas la demande ; l'URL est peut-être erronée.";
    0x8019_0191 BG_E_HTTP_ERROR_401 Fatal
        "HTTP status 401: the server wants a user name and a password that it accepts."
        "Statut HTTP 401 : le serveur demande un nom d'utilisateur et un mot de passe valides.";
    0x8019_0192 BG_E_HTTP_ERROR_402 Fatal
        "HTTP status 402: the server wants to be paid; resuming the job asks again."
        "Statut HTTP 402 : le serveur demande un paiement ; reprendre la tâche renouvelle la demande.";
    0x8019_0193 BG_E_HTTP_ERROR_403 Fatal
        "HTTP status 403: the server denies access to the file; a signed URL may have expired."
        "Statut HTTP 403 : le serveur refuse l'accès au fichier ; une URL signée a peut-être expiré.";
    0x8019_0194 BG_E_HTTP_ERROR_404 Fatal
        "HTTP status 404: the server has no file at this URL."
        "Statut HTTP 404 : le serveur n'a aucun fichier à cette URL.";
    0x8019_0195 BG_E_HTTP_ERROR_405 Fatal
        "HTTP status 405: the server does not allow this method at this URL."
        "Statut HTTP 405 : le serveur n'autorise pas cette méthode à cette URL.";
    0x8019_0196 BG_E_HTTP_ERROR_406 Fatal
        "HTTP status 406: the server has the file in no form that was asked for."
        "Statut HTTP 406 : le serveur n'a le fichier sous aucune des formes demandées.";
    0x8019_0197 BG_E_HTTP_ERROR_407 Fatal
        "HTTP status 407: the proxy wants a user name and a password that it accepts."
        "Statut HTTP 407 : le proxy demande un nom d'utilisateur et un mot de passe valides.";
    0x8019_0198 BG_E_HTTP_ERROR_408 Transient
        "HTTP status 408: the server grew tired of waiting for the request."
        "Statut HTTP 408 : le serveur s'est lassé d'attendre la demande.";
    0x8019_0199 BG_E_HTTP_ERROR_409 Transient
        "HTTP status 409: the request conflicts with the present state of the file on the server."
        "Statut HTTP 409 : la demande est en conflit avec l'état actuel du fichier sur le serveur.";
    0x8019_019A BG_E_HTTP_ERROR_410 Fatal
        "HTTP status 410: the file is gone from the server for good."
        "Statut HTTP 410 : le fichier a définitivement quitté le serveur.";
    0x8019_019B BG_E_HTTP_ERROR_411 Fatal
        "HTTP status 411: the server wants a length with the request."
        "Statut HTTP 411 : le serveur demande une longueur avec la demande.";
    0x8019_019C BG_E_HTTP_ERROR_412 Fatal
        "HTTP status 412: a condition of the request does not hold on the server."
        "Statut HTTP 412 : une condition de la demande n'est pas remplie sur le serveur.";
    0x8019_019D BG_E_HTTP_ERROR_413 Fatal
        "HTTP status 413: the request is larger than the server takes."
        "Statut HTTP 413 : la demande est plus grande que le serveur ne l'accepte.";
    0x8019_019E BG_E_HTTP_ERROR_414 Fatal
        "HTTP status 414: the URL is longer than the server takes."
        "Statut HTTP 414 : l'URL est plus longue que le serveur ne l'accepte.";
    0x8019_019F BG_E_HTTP_ERROR_415 Fatal
        "HTTP status 415: the server does not take this kind of content; resuming the job asks again."
        "Statut HTTP 415 : le serveur refuse ce type de contenu ; reprendre la tâche renouvelle la demande.";
    0x8019_01A0 BG_E_HTTP_ERROR_416 Fatal
        "HTTP status 416: the range that was asked for lies outside the file on the server."
        "Statut HTTP 416 : la plage demandée dépasse le fichier du serveur.";
    0x8019_01A1 BG_E_HTTP_ERROR_417 Fatal
        "HTTP status 417: the server cannot do what the request expects of it."
        "Statut HTTP 417 : le serveur ne peut pas faire ce que la demande attend de lui.";
    0x8019_01C1 BG_E_HTTP_ERROR_449 Fatal
        "HTTP status 449: the server wants the request again with more facts; resuming the job asks again."
        "Statut HTTP 449 : le serveur veut une demande plus complète ; reprendre la tâche la renouvelle.";
    0x8019_01F4 BG_E_HTTP_ERROR_500 Transient
        "HTTP status 500: something failed inside the server."
        "Statut HTTP 500 : une erreur s'est produite dans le serveur.";
    0x8019_01F5 BG_E_HTTP_ERROR_501 Fatal
        "HTTP status 501: the server cannot do what was asked of it."
        "Statut HTTP 501 : le serveur ne sait pas faire ce qui lui est demandé.";
    0x8019_01F6 BG_E_HTTP_ERROR_502 Transient
        "HTTP status 502: the server behind the gateway gave a bad answer."
        "Statut HTTP 502 : le serveur derrière la passerelle a mal répondu.";
    0x8019_01F7 BG_E_HTTP_ERROR_503 Transient
        "HTTP status 503: the server is overloaded or under maintenance."
        "Statut HTTP 503 : le serveur est surchargé ou en maintenance.";
    0x8019_01F8 BG_E_HTTP_ERROR_504 Transient
        "HTTP status 504: the server behind the gateway did not answer in time."
        "Statut HTTP 504 : le serveur derrière la passerelle n'a pas répondu à temps.";
    0x8019_01F9 BG_E_HTTP_ERROR_505 Fatal
        "HTTP status 505: the server does not speak this version of HTTP."
        "Statut HTTP 505 : le serveur ne parle pas cette version de HTTP.";
    }
}

/// Statuses that the headers do not name and that are worth a sentence of their own, in English and French.
const UNNAMED: &[(u16, &str, &str)] = &[
    (
        308,
        "the file has moved for good, and the job does not follow.",
        "le fichier a déménagé définitivement, et la tâche ne suit pas.",
    ),
    (
        421,
        "the request reached a server that does not answer for this host.",
        "la demande est arrivée à un serveur qui ne répond pas pour cet hôte.",
    ),
    (
        425,
        "the server does not want to answer so early in the connection.",
        "le serveur ne veut pas répondre si tôt dans la connexion.",
    ),
    (
        426,
        "the server wants to be asked in another protocol.",
        "le serveur veut être interrogé dans un autre protocole.",
    ),
    (429, "the server has been asked too often.", "le serveur a reçu trop de demandes."),
    (
        431,
        "the headers of the request are larger than the server takes.",
        "les en-têtes de la demande sont plus grands que le serveur ne l'accepte.",
    ),
    (
        451,
        "the server withholds the file for legal reasons.",
        "le serveur retient le fichier pour des raisons juridiques.",
    ),
    (507, "the server has no space left.", "le serveur n'a plus d'espace."),
    (
        511,
        "the network wants you to log in before it lets you through.",
        "le réseau demande une connexion avant de laisser passer.",
    ),
];

/// The sentence for a status that the headers do not name.
pub(super) fn describe_unnamed(status: u16, language: Language) -> String {
    let known = UNNAMED.iter().find(|(known, ..)| *known == status);
    let (english, french) =
        known.map_or_else(|| by_hundred(status), |&(_, english, french)| (english, french));
    match language {
        Language::English => format!("HTTP status {status}: {english}"),
        Language::French => format!("Statut HTTP {status} : {french}"),
    }
}

/// What the first digit says (RFC 9110, 15).
const fn by_hundred(status: u16) -> (&'static str, &'static str) {
    match status / 100 {
        1 => ("the server sent no final answer.", "le serveur n'a pas envoyé de réponse définitive."),
        2 => ("the server's answer is of no use here.", "la réponse du serveur est inutilisable ici."),
        3 => (
            "the server refers elsewhere in a way that cannot be followed.",
            "le serveur renvoie ailleurs d'une manière qui ne peut être suivie.",
        ),
        4 => ("the server refuses the request.", "le serveur refuse la demande."),
        5 => ("the server failed to answer the request.", "le serveur n'a pas pu répondre à la demande."),
        _ => ("nobody defines what this status means.", "la signification de ce statut n'est pas définie."),
    }
}
