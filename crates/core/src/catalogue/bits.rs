//! The codes of BITS (spec 11.1): facility 0x20.

table! {
    /// 91 codes in use: 86 failures, 5 successes.
    BITS: Bits {
    0x0020_0006 BG_S_ERROR_CONTEXT_NONE Context
        "Nothing has failed."
        "Rien n'a échoué.";
    0x0020_0017 BG_S_PARTIAL_COMPLETE Success
        "The finished files were kept; the unfinished ones were deleted."
        "Les fichiers finis ont été gardés ; les autres ont été supprimés.";
    0x0020_001A BG_S_UNABLE_TO_DELETE_FILES Success
        "The request was carried out, but some temporary files could not be removed."
        "La demande a été exécutée, mais certains fichiers temporaires n'ont pas pu être supprimés.";
    0x0020_002A BG_S_PROXY_CHANGED Internal
        "The proxy of the transfer changed."
        "Le proxy du transfert a changé.";
    0x0020_0055 BG_S_OVERRIDDEN_BY_POLICY Success
        "The setting was stored, but a policy of the administrator overrides it."
        "Le paramètre a été enregistré, mais une stratégie de l'administrateur l'emporte.";
    0x8020_0001 BG_E_NOT_FOUND Answer
        "There is no such job."
        "Cette tâche n'existe pas.";
    0x8020_0002 BG_E_INVALID_STATE Answer
        "The job's present state does not allow this; a job that is complete or cancelled can only be read."
        "L'état actuel de la tâche ne le permet pas ; une tâche terminée ou annulée ne peut qu'être lue.";
    0x8020_0003 BG_E_EMPTY Answer
        "The job has no files; add one before resuming it."
        "La tâche ne contient aucun fichier ; ajoutez-en un avant de la reprendre.";
    0x8020_0004 BG_E_FILE_NOT_AVAILABLE Answer
        "The error is not tied to a file."
        "L'erreur ne concerne aucun fichier.";
    0x8020_0005 BG_E_PROTOCOL_NOT_AVAILABLE Answer
        "The error is not about the transfer protocol."
        "L'erreur ne concerne pas le protocole de transfert.";
    0x8020_0007 BG_E_ERROR_CONTEXT_UNKNOWN Context
        "It is not known where the failure struck."
        "On ignore où l'échec s'est produit.";
    0x8020_0008 BG_E_ERROR_CONTEXT_GENERAL_QUEUE_MANAGER Context
        "The failure concerns the queue: the network as a whole, a policy, a limit or the time of the job."
        "L'échec concerne la file d'attente : le réseau entier, une stratégie, une limite ou un délai.";
    0x8020_0009 BG_E_ERROR_CONTEXT_LOCAL_FILE Context
        "The failure concerns the local file: its folder, its rights, its space or its name."
        "L'échec concerne le fichier local : son dossier, ses droits, son espace ou son nom.";
    0x8020_000A BG_E_ERROR_CONTEXT_REMOTE_FILE Context
        "The failure concerns the remote file: what the server answered about it."
        "L'échec concerne le fichier distant : ce que le serveur a répondu à son sujet.";
    0x8020_000B BG_E_ERROR_CONTEXT_GENERAL_TRANSPORT Context
        "The failure struck on the way to the server: names, connections, certificates or the proxy."
        "L'échec s'est produit en chemin vers le serveur : noms, connexions, certificats ou proxy.";
    0x8020_000C BG_E_ERROR_CONTEXT_QUEUE_MANAGER_NOTIFICATION Context
        "The job's program could not be notified; the service tries again later."
        "Le programme de la tâche n'a pas pu être averti ; le service réessaiera plus tard.";
    0x8020_000D BG_E_DESTINATION_LOCKED Transient
        "The destination cannot be used: it is locked, or something is there that must not be replaced."
        "La destination est inutilisable : verrouillée, ou occupée par ce qui ne doit pas être remplacé.";
    0x8020_000E BG_E_VOLUME_CHANGED Fatal
        "Another volume is mounted where the file is written to; put the original one back."
        "Un autre volume est monté là où le fichier est écrit ; remettez le volume d'origine.";
    0x8020_000F BG_E_ERROR_INFORMATION_UNAVAILABLE Answer
        "The job has no error to tell of."
        "La tâche n'a aucune erreur à signaler.";
    0x8020_0010 BG_E_NETWORK_DISCONNECTED Transient
        "This machine is not connected to a network."
        "Cette machine n'est connectée à aucun réseau.";
    0x8020_0011 BG_E_MISSING_FILE_SIZE Fatal
        "The server does not tell the size of the file, and the job needs it."
        "Le serveur n'indique pas la taille du fichier, dont la tâche a besoin.";
    0x8020_0012 BG_E_INSUFFICIENT_HTTP_SUPPORT Fatal
        "The server does not speak HTTP as the transfer needs it."
        "Le serveur ne respecte pas HTTP comme le transfert l'exige.";
    0x8020_0013 BG_E_INSUFFICIENT_RANGE_SUPPORT Fatal
        "A part of the file is needed, and the server, or a proxy on the way, sends only the whole."
        "Il faut une partie du fichier, mais le serveur, ou un proxy en chemin, ne l'envoie qu'en entier.";
    0x8020_0014 BG_E_REMOTE_NOT_SUPPORTED Answer
        "The service cannot be used from another machine."
        "Le service ne peut pas être utilisé depuis une autre machine.";
    0x8020_0015 BG_E_NEW_OWNER_DIFF_MAPPING Answer
        "The new owner does not see the destination under the same path as the previous one."
        "Le nouveau propriétaire ne voit pas la destination sous le même chemin que le précédent.";
    0x8020_0016 BG_E_NEW_OWNER_NO_FILE_ACCESS Answer
        "The new owner may not use the temporary files of the job."
        "Le nouveau propriétaire n'a pas accès aux fichiers temporaires de la tâche.";
    0x8020_0018 BG_E_PROXY_LIST_TOO_LARGE Answer
        "The list of proxies is too long; it may have 32,000 characters."
        "La liste des proxys est trop longue ; elle peut avoir 32 000 caractères.";
    0x8020_0019 BG_E_PROXY_BYPASS_LIST_TOO_LARGE Answer
        "The list of hosts reached without a proxy is too long; it may have 32,000 characters."
        "La liste des hôtes joints sans proxy est trop longue ; elle peut avoir 32 000 caractères.";
    0x8020_001B BG_E_INVALID_SERVER_RESPONSE Fatal
        "The server's answer breaks the protocol; resuming the job asks again."
        "La réponse du serveur enfreint le protocole ; reprendre la tâche renouvelle la demande.";
    0x8020_001C BG_E_TOO_MANY_FILES Answer
        "An upload job has one file only."
        "Une tâche d'envoi ne contient qu'un fichier.";
    0x8020_001D BG_E_LOCAL_FILE_CHANGED Fatal
        "Somebody else changed or removed the local file during the transfer."
        "Le fichier local a été modifié ou supprimé par un tiers pendant le transfert.";
    0x8020_001E BG_E_ERROR_CONTEXT_REMOTE_APPLICATION Context
        "The failure concerns the server's application that takes the upload."
        "L'échec concerne l'application du serveur qui reçoit l'envoi.";
    0x8020_001F BG_E_SESSION_NOT_FOUND Transient
        "The server does not know the upload session; the service tries again."
        "Le serveur ne connaît pas la session d'envoi ; le service réessaie.";
    0x8020_0020 BG_E_TOO_LARGE Fatal
        "There are more bytes than were agreed upon, or than may be stored there."
        "Il y a plus d'octets que convenu, ou que la destination n'en accepte.";
    0x8020_0021 BG_E_STRING_TOO_LONG Answer
        "A text is longer than it may be."
        "Un texte est plus long que permis.";
    0x8020_0022 BG_E_CLIENT_SERVER_PROTOCOL_MISMATCH Fatal
        "The service and the server have no version of the upload protocol in common."
        "Le service et le serveur n'ont aucune version du protocole d'envoi en commun.";
    0x8020_0023 BG_E_SERVER_EXECUTE_ENABLE Fatal
        "The server's upload folder allows programs to be run, which is not safe."
        "Le dossier d'envoi du serveur permet l'exécution de programmes, ce qui n'est pas sûr.";
    0x8020_0024 BG_E_NO_PROGRESS Transient
        "No bytes came for as long as the job may wait for them."
        "Aucun octet n'est arrivé pendant tout le délai d'attente de la tâche.";
    0x8020_0025 BG_E_USERNAME_TOO_LARGE Answer
        "The user name is too long; it may have 300 characters."
        "Le nom d'utilisateur est trop long ; il peut avoir 300 caractères.";
    0x8020_0026 BG_E_PASSWORD_TOO_LARGE Answer
        "The password is too long; it may have 65,535 characters."
        "Le mot de passe est trop long ; il peut avoir 65 535 caractères.";
    0x8020_0027 BG_E_INVALID_AUTH_TARGET Answer
        "Credentials are either for the server or for the proxy; there is no other target."
        "Des identifiants sont destinés au serveur ou au proxy ; il n'y a pas d'autre cible.";
    0x8020_0028 BG_E_INVALID_AUTH_SCHEME Answer
        "The authentication scheme does not exist or is not supported."
        "Le schéma d'authentification n'existe pas ou n'est pas pris en charge.";
    0x8020_0029 BG_E_FILE_NOT_FOUND Answer
        "The job has no such file."
        "La tâche ne contient pas ce fichier.";
    0x8020_002B BG_E_INVALID_RANGE Fatal
        "A range of bytes is malformed or lies outside the file."
        "Une plage d'octets est mal formée ou dépasse le fichier.";
    0x8020_002C BG_E_OVERLAPPING_RANGES Answer
        "Two ranges of bytes overlap."
        "Deux plages d'octets se chevauchent.";
    0x8020_002D BG_E_CONNECT_FAILURE Transient
        "The connection could not be established."
        "La connexion n'a pas pu être établie.";
    0x8020_002E BG_E_CONNECTION_CLOSED Transient
        "The connection was closed before everything had come."
        "La connexion a été fermée avant que tout ne soit arrivé.";
    0x8020_003E BG_E_BLOCKED_BY_POLICY Transient
        "The bandwidth policy allows no background transfers at this time."
        "La stratégie de bande passante n'autorise aucun transfert d'arrière-plan en ce moment.";
    0x8020_003F BG_E_INVALID_PROXY_INFO Fatal
        "The proxy settings of the job make no sense."
        "Les paramètres de proxy de la tâche sont invalides.";
    0x8020_0040 BG_E_INVALID_CREDENTIALS Answer
        "The credentials are badly formed."
        "Les identifiants sont mal formés.";
    0x8020_0041 BG_E_INVALID_HASH_ALGORITHM Answer
        "The hash algorithm is not supported."
        "L'algorithme de hachage n'est pas pris en charge.";
    0x8020_0042 BG_E_RECORD_DELETED Answer
        "The cache record is gone; its update was dropped."
        "L'entrée du cache n'existe plus ; sa mise à jour a été abandonnée.";
    0x8020_0043 BG_E_COMMIT_IN_PROGRESS Answer
        "The cache record is being updated by somebody else just now."
        "L'entrée du cache est en cours de mise à jour par un tiers.";
    0x8020_0044 BG_E_DISCOVERY_IN_PROGRESS Answer
        "A search for peers is already running."
        "Une recherche de pairs est déjà en cours.";
    0x8020_0045 BG_E_UPNP_ERROR Answer
        "The gateway could not be asked or refused (UPnP)."
        "La passerelle n'a pas pu être interrogée ou a refusé (UPnP).";
    0x8020_0046 BG_E_TEST_OPTION_BLOCKED_DOWNLOAD Internal
        "A test switch stopped the download after the search for peers."
        "Une option de test a arrêté le téléchargement après la recherche de pairs.";
    0x8020_0047 BG_E_PEERCACHING_DISABLED Answer
        "Sharing with peers is switched off."
        "Le partage avec des pairs est désactivé.";
    0x8020_0048 BG_E_BUSYCACHERECORD Answer
        "The cache record is in use; try again in a few seconds."
        "L'entrée du cache est utilisée ; réessayez dans quelques secondes.";
    0x8020_0049 BG_E_TOO_MANY_JOBS_PER_USER Answer
        "This user has as many jobs as one may have; complete or cancel one."
        "Cet utilisateur a autant de tâches que permis ; terminez-en ou annulez-en une.";
    0x8020_0050 BG_E_TOO_MANY_JOBS_PER_MACHINE Answer
        "This machine has as many jobs as one may have; complete or cancel one."
        "Cette machine a autant de tâches que permis ; terminez-en ou annulez-en une.";
    0x8020_0051 BG_E_TOO_MANY_FILES_IN_JOB Answer
        "The job has as many files as one may have."
        "La tâche a autant de fichiers que permis.";
    0x8020_0052 BG_E_TOO_MANY_RANGES_IN_FILE Answer
        "The file has as many ranges as one may have."
        "Le fichier a autant de plages que permis.";
    0x8020_0053 BG_E_VALIDATION_FAILED Fatal
        "The content is not what was promised; it is not used."
        "Le contenu n'est pas celui qui était promis ; il n'est pas utilisé.";
    0x8020_0054 BG_E_MAXDOWNLOAD_TIMEOUT Fatal
        "The job was in transfer for longer than its maximum."
        "Le transfert a duré plus longtemps que le maximum de la tâche.";
    0x8020_0056 BG_E_TOKEN_REQUIRED Fatal
        "The job runs with a helper token, which its program has not supplied."
        "La tâche requiert un jeton auxiliaire que son programme n'a pas fourni.";
    0x8020_0057 BG_E_UNKNOWN_PROPERTY_ID Answer
        "There is no such property."
        "Cette propriété n'existe pas.";
    0x8020_0058 BG_E_READ_ONLY_PROPERTY Answer
        "The property can only be read."
        "La propriété ne peut qu'être lue.";
    0x8020_0059 BG_E_BLOCKED_BY_COST_TRANSFER_POLICY Transient
        "The cost of the present connection is higher than the job allows."
        "Le coût de la connexion actuelle dépasse ce que la tâche autorise.";
    0x8020_0060 BG_E_PROPERTY_SUPPORTED_FOR_DOWNLOAD_JOBS_ONLY Answer
        "Only download jobs have this property."
        "Seules les tâches de téléchargement ont cette propriété.";
    0x8020_0061 BG_E_READ_ONLY_PROPERTY_AFTER_ADDFILE Answer
        "The property can only be set before the first file is added."
        "La propriété ne peut être définie qu'avant l'ajout du premier fichier.";
    0x8020_0062 BG_E_READ_ONLY_PROPERTY_AFTER_RESUME Answer
        "The property can only be set before the job is resumed for the first time."
        "La propriété ne peut être définie qu'avant la première reprise de la tâche.";
    0x8020_0063 BG_E_MAX_DOWNLOAD_SIZE_INVALID_VALUE Answer
        "The maximum download size must be at least 1."
        "La taille maximale de téléchargement doit être d'au moins 1.";
    0x8020_0064 BG_E_MAX_DOWNLOAD_SIZE_LIMIT_REACHED Fatal
        "The job fetched as many bytes as it may."
        "La tâche a téléchargé autant d'octets que permis.";
    0x8020_0065 BG_E_STANDBY_MODE Transient
        "The transfer pauses while the machine saves power; it goes on when the machine wakes."
        "Le transfert est suspendu pendant la mise en veille ; il reprend au réveil de la machine.";
    0x8020_0066 BG_E_USE_STORED_CREDENTIALS_NOT_SUPPORTED Answer
        "Stored credentials can only be used for the proxy."
        "Les identifiants enregistrés ne servent que pour le proxy.";
    0x8020_0067 BG_E_BLOCKED_BY_BATTERY_POLICY Transient
        "The transfer pauses while the machine runs on battery."
        "Le transfert est suspendu tant que la machine fonctionne sur batterie.";
    0x8020_0068 BG_E_BLOCKED_BY_BATTERY_SAVER Transient
        "The transfer pauses while the battery saver is on."
        "Le transfert est suspendu tant que l'économiseur de batterie est actif.";
    0x8020_0069 BG_E_WATCHDOG_TIMEOUT Internal
        "An operation inside the service took longer than it may."
        "Une opération interne du service a dépassé son délai.";
    0x8020_006A BG_E_APP_PACKAGE_NOT_FOUND Answer
        "There is no application package for this user or program."
        "Aucun paquet d'application ne correspond à cet utilisateur ou programme.";
    0x8020_006B BG_E_APP_PACKAGE_SCENARIO_NOT_SUPPORTED Answer
        "Application packages are not supported on this machine."
        "Les paquets d'application ne sont pas pris en charge sur cette machine.";
    0x8020_006C BG_E_DATABASE_CORRUPT Answer
        "The service's records are damaged; it stops and repairs them when it starts again."
        "Les données du service sont endommagées ; il s'arrête et les répare à son redémarrage.";
    0x8020_006D BG_E_RANDOM_ACCESS_NOT_SUPPORTED Answer
        "Single ranges cannot be asked for in this job."
        "Cette tâche ne permet pas de demander des plages isolées.";
    0x8020_006E BG_E_BLOCKED_BY_BACKGROUND_ACCESS_POLICY Transient
        "The owner's program has no permission to transfer in the background now."
        "Le programme du propriétaire n'est pas autorisé à transférer en arrière-plan en ce moment.";
    0x8020_006F BG_E_BLOCKED_BY_GAME_MODE Transient
        "The transfer pauses while game mode is on."
        "Le transfert est suspendu tant que le mode jeu est actif.";
    0x8020_0070 BG_E_BLOCKED_BY_SYSTEM_POLICY Transient
        "The transfer pauses because the machine is short of memory or other resources."
        "Le transfert est suspendu car la machine manque de mémoire ou d'autres ressources.";
    0x8020_0071 BG_E_NOT_SUPPORTED_WITH_CUSTOM_HTTP_METHOD Answer
        "This is not possible for a job with an HTTP method of its own."
        "C'est impossible pour une tâche qui a sa propre méthode HTTP.";
    0x8020_0072 BG_E_UNSUPPORTED_JOB_CONFIGURATION Answer
        "The settings of the job do not allow this."
        "Les paramètres de la tâche ne le permettent pas.";
    0x8020_0073 BG_E_REMOTE_FILE_CHANGED Fatal
        "The remote file kept changing during the transfer; resuming the job starts it again."
        "Le fichier distant n'a cessé de changer pendant le transfert ; reprendre la tâche le recommence.";
    0x8020_0074 BG_E_SERVER_CERT_VALIDATION_INTERFACE_REQUIRED Fatal
        "The job has its server certificates checked by its program, which is not registered now."
        "La tâche fait vérifier les certificats par son programme, qui n'est pas enregistré actuellement.";
    0x8020_0075 BG_E_READ_ONLY_WHEN_JOB_ACTIVE Answer
        "This can only be set while the job is suspended, in error or transferred."
        "Ce réglage n'est possible que si la tâche est suspendue, en erreur ou transférée.";
    0x8020_0076 BG_E_ERROR_CONTEXT_SERVER_CERTIFICATE_CALLBACK Context
        "The failure struck while the job's program checked the server's certificate."
        "L'échec s'est produit quand le programme de la tâche vérifiait le certificat du serveur.";
    }
}

table! {
    /// 15 codes of old headers, reserved since: known, never given.
    RETIRED: Retired {
    0x8020_002F BG_E_KEEP_ALIVE_FAILURE Retired
        "A connection that was to be kept open was closed."
        "Une connexion qui devait rester ouverte a été fermée.";
    0x8020_0030 BG_E_MESSAGE_LENGTH_LIMIT_EXCEEDED Retired
        "A message is larger than it may be."
        "Un message est plus grand que permis.";
    0x8020_0031 BG_E_NAME_RESOLUTION_FAILURE Retired
        "The name of the server could not be resolved."
        "Le nom du serveur n'a pas pu être résolu.";
    0x8020_0032 BG_E_PENDING Retired
        "A request inside the service has not finished."
        "Une demande interne du service n'est pas terminée.";
    0x8020_0033 BG_E_PIPELINE_FAILURE Retired
        "A pipelined request failed."
        "Une demande en pipeline a échoué.";
    0x8020_0034 BG_E_PROTOCOL_ERROR Retired
        "The server answered completely, and the answer tells of an error of the protocol."
        "Le serveur a répondu complètement, et sa réponse signale une erreur de protocole.";
    0x8020_0035 BG_E_PROXY_NAME_RESOLUTION_FAILURE Retired
        "The name of the proxy could not be resolved."
        "Le nom du proxy n'a pas pu être résolu.";
    0x8020_0036 BG_E_RECEIVE_FAILURE Retired
        "The answer of the server is incomplete."
        "La réponse du serveur est incomplète.";
    0x8020_0037 BG_E_REQUEST_CANCELED Retired
        "The request was cancelled."
        "La demande a été annulée.";
    0x8020_0038 BG_E_SECURE_CHANNEL_FAILURE Retired
        "No secure connection could be established."
        "Aucune connexion sécurisée n'a pu être établie.";
    0x8020_0039 BG_E_SEND_FAILURE Retired
        "The request could not be sent completely."
        "La demande n'a pas pu être envoyée en entier.";
    0x8020_003A BG_E_SERVER_PROTOCOL_VIOLATION Retired
        "The server's answer is not valid."
        "La réponse du serveur n'est pas valide.";
    0x8020_003B BG_E_TIMEOUT Retired
        "The time allowed has passed."
        "Le délai accordé est écoulé.";
    0x8020_003C BG_E_TRUST_FAILURE Retired
        "The server's certificate could not be trusted."
        "Le certificat du serveur n'est pas digne de confiance.";
    0x8020_003D BG_E_UNKNOWN_ERROR Retired
        "An unknown error occurred."
        "Une erreur inconnue s'est produite.";
    }
}
