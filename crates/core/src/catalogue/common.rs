//! Codes of COM and of the system that are met here (spec 11.5, `spec/do-download.md` 9.2 and 9.3,
//! `spec/faults.md` "Codes"). A Win32 error stands under its own name as the code that `HRESULT_FROM_WIN32`
//! makes of it.

table! {
    /// Whatever belongs to neither family.
    COMMON: Common {
    0x0000_0000 S_OK Success
        "The request was carried out."
        "La demande a été exécutée.";
    0x0000_0001 S_FALSE Success
        "The request was carried out; there was nothing to give or to change."
        "La demande a été exécutée ; il n'y avait rien à donner ni à changer.";
    0x8000_000A E_PENDING Answer
        "The data that this needs is not here yet."
        "Les données nécessaires ne sont pas encore là.";
    0x8000_4001 E_NOTIMPL Answer
        "This is not supported."
        "Cette opération n'est pas prise en charge.";
    0x8000_4002 E_NOINTERFACE Answer
        "The object has no such interface."
        "L'objet n'a pas cette interface.";
    0x8000_4005 E_FAIL Answer
        "The operation failed for a reason that was not told."
        "L'opération a échoué pour une raison non précisée.";
    0x8000_FFFF E_UNEXPECTED Answer
        "Something happened that must not happen."
        "Une situation impossible s'est produite.";
    0x8001_0123 CO_E_FAILEDTOIMPERSONATE Answer
        "The service could not act with the caller's rights."
        "Le service n'a pas pu agir avec les droits de l'appelant.";
    0x8002_0005 DISP_E_TYPEMISMATCH Answer
        "The value has another type than the property."
        "La valeur n'a pas le type de la propriété.";
    0x8007_0002 ERROR_FILE_NOT_FOUND Fatal
        "The file does not exist."
        "Le fichier n'existe pas.";
    0x8007_0003 ERROR_PATH_NOT_FOUND Fatal
        "The folder that the file is to be written to does not exist."
        "Le dossier où le fichier doit être écrit n'existe pas.";
    0x8007_0005 E_ACCESSDENIED Fatal
        "Permission was denied."
        "L'autorisation a été refusée.";
    0x8007_000E E_OUTOFMEMORY Answer
        "There is not enough memory."
        "La mémoire est insuffisante.";
    0x8007_0013 ERROR_WRITE_PROTECT Fatal
        "The volume that the file is written to is read-only."
        "Le volume où le fichier est écrit est en lecture seule.";
    0x8007_0050 ERROR_FILE_EXISTS Answer
        "The destination exists already, and it may not be replaced."
        "La destination existe déjà, et elle ne doit pas être remplacée.";
    0x8007_0057 E_INVALIDARG Answer
        "An argument is not valid."
        "Un argument n'est pas valide.";
    0x8007_0070 ERROR_DISK_FULL Transient
        "There is not enough space on the volume that the file is written to."
        "Il n'y a pas assez d'espace sur le volume où le fichier est écrit.";
    0x8007_007B ERROR_INVALID_NAME Answer
        "The name of the file is not valid."
        "Le nom du fichier n'est pas valide.";
    0x8007_00CE ERROR_FILENAME_EXCED_RANGE Fatal
        "The name of the file is longer than the file system takes."
        "Le nom du fichier est plus long que le système de fichiers ne l'accepte.";
    0x8007_045D ERROR_IO_DEVICE Fatal
        "The device that the file is on failed to read or write."
        "Le périphérique qui porte le fichier n'a pas pu lire ou écrire.";
    0x8007_0490 E_NOT_SET Answer
        "The property was never set."
        "La propriété n'a jamais été définie.";
    0x8007_06F4 RPC_X_NULL_REF_POINTER Answer
        "A pointer that must lead somewhere is null."
        "Un pointeur qui doit mener quelque part est nul.";
    0x8007_06F7 RPC_X_BAD_STUB_DATA Answer
        "The call carried data that cannot be: a hash of a wrong length, or no certificate where one is due."
        "L'appel portait des données impossibles : empreinte de mauvaise longueur ou certificat absent.";
    0x8007_0717 ERROR_RESOURCE_LANG_NOT_FOUND Answer
        "There is no text in this language."
        "Il n'y a aucun texte dans cette langue.";
    0x8007_2EE2 ERROR_WINHTTP_TIMEOUT Transient
        "The server did not answer or did not send in time."
        "Le serveur n'a pas répondu ou n'a rien envoyé à temps.";
    0x8007_2EE7 ERROR_WINHTTP_NAME_NOT_RESOLVED Transient
        "The name of the server could not be resolved."
        "Le nom du serveur n'a pas pu être résolu.";
    0x8007_2EFD ERROR_WINHTTP_CANNOT_CONNECT Transient
        "No connection to the server could be established."
        "Aucune connexion au serveur n'a pu être établie.";
    0x8007_2EFE ERROR_WINHTTP_CONNECTION_ERROR Transient
        "The connection was closed before everything had come."
        "La connexion a été fermée avant que tout ne soit arrivé.";
    0x8007_2EFF ERROR_INTERNET_CONNECTION_RESET Transient
        "The connection to the server was reset."
        "La connexion au serveur a été réinitialisée.";
    0x8007_2F0C ERROR_WINHTTP_CLIENT_AUTH_CERT_NEEDED Fatal
        "The server wants a client certificate, and the job has none that it accepts."
        "Le serveur demande un certificat client, et la tâche n'en a aucun qu'il accepte.";
    0x8007_2F19 ERROR_WINHTTP_SECURE_CERT_REV_FAILED Fatal
        "It could not be checked whether the server's certificate was revoked."
        "La révocation du certificat du serveur n'a pas pu être vérifiée.";
    0x8007_2F76 ERROR_WINHTTP_HEADER_NOT_FOUND Fatal
        "The server's answer lacks a header that is needed, such as the length or the range."
        "Il manque à la réponse du serveur un en-tête nécessaire, comme la longueur ou la plage.";
    0x8007_2F78 ERROR_WINHTTP_INVALID_SERVER_RESPONSE Transient
        "The server's answer cannot be understood."
        "La réponse du serveur est incompréhensible.";
    0x8007_2F7C ERROR_WINHTTP_REDIRECT_FAILED Fatal
        "The server refers elsewhere, and the job must not or cannot follow."
        "Le serveur renvoie ailleurs, et la tâche ne doit pas ou ne peut pas suivre.";
    0x8007_2F8A ERROR_WINHTTP_SECURE_CERT_REVOKED Fatal
        "The server's certificate was revoked."
        "Le certificat du serveur a été révoqué.";
    0x8007_2F8F ERROR_WINHTTP_SECURE_FAILURE Fatal
        "No trusted connection to the server could be established; its certificate may not be valid."
        "Aucune connexion de confiance n'a pu être établie ; le certificat du serveur est peut-être invalide.";
    0x8007_2F9A ERROR_WINHTTP_CLIENT_CERT_NO_ACCESS_PRIVATE_KEY Fatal
        "The private key of the client certificate cannot be used."
        "La clé privée du certificat client est inutilisable.";
    0x8009_2003 CRYPT_E_FILE_ERROR Answer
        "The certificate data cannot be read."
        "Les données du certificat sont illisibles.";
    0x8009_2004 CRYPT_E_NOT_FOUND Answer
        "There is no such certificate."
        "Ce certificat n'existe pas.";
    0x800C_0002 INET_E_INVALID_URL Answer
        "The URL is malformed."
        "L'URL est mal formée.";
    0x8019_0001 HTTP_E_STATUS_UNEXPECTED Transient
        "The server answered with a status that was not expected."
        "Le serveur a répondu par un statut inattendu.";
    0x8019_0003 HTTP_E_STATUS_UNEXPECTED_REDIRECTION Fatal
        "The server refers elsewhere, which was not expected."
        "Le serveur renvoie ailleurs de manière inattendue.";
    }
}
