//! The codes of Delivery Optimization (spec 11.3; meanings and classes in `spec/do-download.md` 9.1): facility
//! 0xD0.

table! {
    /// 82 codes.
    DELIVERY: Do {
    0x80D0_1001 DO_E_NO_SERVICE Answer
        "The service cannot be reached or cannot serve now."
        "Le service est injoignable ou ne peut pas répondre en ce moment.";
    0x80D0_2002 DO_E_DOWNLOAD_NO_PROGRESS Fatal
        "No bytes came for as long as the job may wait for them."
        "Aucun octet n'est arrivé pendant tout le délai d'attente de la tâche.";
    0x80D0_2003 DO_E_JOB_NOT_FOUND Answer
        "There is no such job."
        "Cette tâche n'existe pas.";
    0x80D0_2004 DO_E_JOB_EMPTY Answer
        "The job has no files; add one before resuming it."
        "La tâche ne contient aucun fichier ; ajoutez-en un avant de la reprendre.";
    0x80D0_2005 DO_E_NO_DOWNLOADS Answer
        "There are no downloads."
        "Il n'y a aucun téléchargement.";
    0x80D0_200B DO_E_MEMORYSTREAM_DOWNLOAD_NOT_SUPPORTED Answer
        "This download cannot be delivered into memory."
        "Ce téléchargement ne peut pas être livré en mémoire.";
    0x80D0_200C DO_E_JOB_TOO_OLD Fatal
        "The job was neither completed nor cancelled before it grew too old."
        "La tâche n'a été ni terminée ni annulée avant d'atteindre son âge limite.";
    0x80D0_200D DO_E_LOCALPATH_NOT_SET Answer
        "No local path was given for the file."
        "Aucun chemin local n'a été donné pour le fichier.";
    0x80D0_2010 DO_E_FILE_NOT_AVAILABLE Answer
        "The error is not tied to a file."
        "L'erreur ne concerne aucun fichier.";
    0x80D0_2011 DO_E_UNKNOWN_PROPERTY_ID Answer
        "There is no such property."
        "Cette propriété n'existe pas.";
    0x80D0_2012 DO_E_READ_ONLY_PROPERTY Answer
        "The property can only be read."
        "La propriété ne peut qu'être lue.";
    0x80D0_2013 DO_E_INVALID_STATE Answer
        "The job's present state does not allow this; a job that is complete or cancelled can only be read."
        "L'état actuel de la tâche ne le permet pas ; une tâche terminée ou annulée ne peut qu'être lue.";
    0x80D0_2014 DO_E_ERROR_INFORMATION_UNAVAILABLE Answer
        "The job has no error to tell of."
        "La tâche n'a aucune erreur à signaler.";
    0x80D0_2015 DO_E_WRITE_ONLY_PROPERTY Answer
        "The property can only be written."
        "La propriété ne peut qu'être écrite.";
    0x80D0_2016 DO_E_INTEGRITYCHECKINFO_UNSPECIFIED Fatal
        "The content must be checked, and no piece hashes were given to check it against."
        "Le contenu doit être vérifié, mais aucune empreinte de fragments n'a été donnée.";
    0x80D0_2017 DO_E_INTEGRITYCHECKINFO_UNAVAILABLE Fatal
        "The content must be checked, and the piece hashes to check it against could not be fetched."
        "Le contenu doit être vérifié, mais les empreintes de fragments n'ont pas pu être obtenues.";
    0x80D0_2018 DO_E_FILE_DOWNLOADSINK_UNSPECIFIED Answer
        "Neither a file nor a stream was given to write to."
        "Aucun fichier ni flux de destination n'a été donné.";
    0x80D0_2019 DO_E_FILE_DOWNLOADSINK_ALREADY_SET Answer
        "Another kind of destination is set already."
        "Une destination d'un autre type est déjà définie.";
    0x80D0_201A DO_E_FILE_SIZE_UNKNOWN_HTTP_200 Fatal
        "The server does not tell the size of the file, and the job needs it (HTTP status 200)."
        "Le serveur n'indique pas la taille du fichier, dont la tâche a besoin (statut HTTP 200).";
    0x80D0_201B DO_E_FILE_ENCRYPTION_EXPECTED Fatal
        "A key was given, and the content is not encrypted."
        "Une clé a été donnée, mais le contenu n'est pas chiffré.";
    0x80D0_201C DO_E_FILE_SIZE_UNKNOWN_HTTP_206 Fatal
        "The server does not tell the size of the file, and the job needs it (HTTP status 206)."
        "Le serveur n'indique pas la taille du fichier, dont la tâche a besoin (statut HTTP 206).";
    0x80D0_201D DO_E_FILE_SIZE_UNKNOWN_HTTP_2XX Fatal
        "The server does not tell the size of the file, and the job needs it (an unusual HTTP status)."
        "Le serveur n'indique pas la taille du fichier, dont la tâche a besoin (statut HTTP inhabituel).";
    0x80D0_201E DO_E_NETWORK_ACCESS_CONSENT_NEEDED Fatal
        "The user has to agree first that the network is used."
        "L'utilisateur doit d'abord consentir à l'utilisation du réseau.";
    0x80D0_2200 DO_E_DOWNLOAD_NO_URI Answer
        "The download was started without a URL."
        "Le téléchargement a été lancé sans URL.";
    0x80D0_2201 DO_E_DOWNLOAD_NO_CONTENT_ID Answer
        "The download was started without a content id."
        "Le téléchargement a été lancé sans identifiant de contenu.";
    0x80D0_2202 DO_E_INVALID_CONTENT_ID Answer
        "The content id is not valid."
        "L'identifiant de contenu n'est pas valide.";
    0x80D0_2203 DO_E_DOWNLOAD_RANGES_UNEXPECTED Answer
        "Ranges were given where none are expected."
        "Des plages ont été données alors qu'aucune n'est attendue.";
    0x80D0_2204 DO_E_DOWNLOAD_RANGES_EXPECTED Answer
        "Ranges are expected, and none were given."
        "Des plages sont attendues, mais aucune n'a été donnée.";
    0x80D0_3001 DO_E_NO_DOWNLOAD_PARTICIPATION Fatal
        "The download was refused because too many take part already."
        "Le téléchargement a été refusé car il y a déjà trop de participants.";
    0x80D0_3002 DO_E_NO_DOWNLOAD_EXTSETTINGS Fatal
        "The settings of the user or of the administrator do not allow this transfer now."
        "Les paramètres de l'utilisateur ou de l'administrateur n'autorisent pas ce transfert en ce moment.";
    0x80D0_3801 DO_E_BLOCKED_BY_COST_TRANSFER_POLICY Transient
        "The cost of the present connection is higher than the job allows."
        "Le coût de la connexion actuelle dépasse ce que la tâche autorise.";
    0x80D0_3802 DO_E_DOWNLOADMODE_SET_BY_CP Transient
        "The policy of the content restricts the ways in which it may be fetched."
        "La stratégie du contenu restreint les manières de le télécharger.";
    0x80D0_3803 DO_E_BLOCKED_BY_CELLULAR_POLICY Transient
        "The machine is on a cellular network, which the policy forbids for transfers."
        "La machine est sur un réseau cellulaire, que la stratégie interdit aux transferts.";
    0x80D0_3804 DO_E_BLOCKED_BY_POWER_STATE Transient
        "The transfer pauses while the machine runs on battery."
        "Le transfert est suspendu tant que la machine fonctionne sur batterie.";
    0x80D0_3805 DO_E_BLOCKED_BY_NO_NETWORK Transient
        "This machine is not connected to a network."
        "Cette machine n'est connectée à aucun réseau.";
    0x80D0_3806 DO_E_DOWNLOADMODE_SET_BY_POLICY Transient
        "A policy restricts the ways in which the content may be fetched."
        "Une stratégie restreint les manières de télécharger le contenu.";
    0x80D0_3807 DO_E_BLOCKED_BY_VPN_POLICY Transient
        "The machine is on a VPN, which the policy forbids for transfers."
        "La machine est sur un VPN, que la stratégie interdit aux transferts.";
    0x80D0_3808 DO_E_BLOCKED_BY_CRITICAL_MEMORY_USAGE Transient
        "The transfer pauses because the machine is short of memory."
        "Le transfert est suspendu car la machine manque de mémoire.";
    0x80D0_3809 DO_E_DOWNLOADMODE_SET_BY_CACHE_ABSENCE Transient
        "The cache folder is missing, so the content is fetched without peers."
        "Le dossier du cache est absent ; le contenu est donc téléchargé sans pairs.";
    0x80D0_380A DO_E_CLOUD_SERVICES_UNREACHABLE Transient
        "A service that peers are found through cannot be reached."
        "Un service qui permet de trouver des pairs est injoignable.";
    0x80D0_380B DO_E_DOWNLOADMODE_SET_FOR_UNREG_CALLER Transient
        "The caller is not registered, so the content is fetched without peers."
        "L'appelant n'est pas enregistré ; le contenu est donc téléchargé sans pairs.";
    0x80D0_380C DO_E_DOWNLOADMODE_SET_FOR_SIMPLE_RANGES Transient
        "Single ranges are fetched without peers."
        "Les plages isolées sont téléchargées sans pairs.";
    0x80D0_380D DO_E_UNEXPECTED_HTTP_STATUS_2XX Transient
        "The server answered with a success status that brings no file."
        "Le serveur a répondu par un statut de succès qui n'apporte aucun fichier.";
    0x80D0_5001 DO_E_HTTP_BLOCKSIZE_MISMATCH Fatal
        "The server sent another number of bytes than was asked for."
        "Le serveur a envoyé un autre nombre d'octets que demandé.";
    0x80D0_5002 DO_E_HTTP_CERT_VALIDATION Fatal
        "The server could not be trusted: its certificate does not prove who it is."
        "Le serveur n'est pas digne de confiance : son certificat ne prouve pas son identité.";
    0x80D0_5010 DO_E_INVALID_RANGE Fatal
        "A range of bytes is malformed or lies outside the file."
        "Une plage d'octets est mal formée ou dépasse le fichier.";
    0x80D0_5011 DO_E_INSUFFICIENT_RANGE_SUPPORT Fatal
        "A part of the file is needed, and the server, or a proxy on the way, sends only the whole."
        "Il faut une partie du fichier, mais le serveur, ou un proxy en chemin, ne l'envoie qu'en entier.";
    0x80D0_5012 DO_E_OVERLAPPING_RANGES Answer
        "Two ranges of bytes overlap."
        "Deux plages d'octets se chevauchent.";
    0x80D0_6800 DO_E_UPLOADING_BAD_PIECES Internal
        "Too many pieces were found bad while they were given to peers."
        "Trop de fragments se sont révélés mauvais pendant leur envoi à des pairs.";
    0x80D0_6802 DO_E_FATAL_CORE_ERROR Fatal
        "The service itself failed and cannot go on with this job."
        "Le service lui-même a échoué et ne peut pas poursuivre cette tâche.";
    0x80D0_6803 DO_E_SERVICES_RESPONSE_EMPTY Internal
        "A service that peers are found through gave an empty answer."
        "Un service qui permet de trouver des pairs a donné une réponse vide.";
    0x80D0_6804 DO_E_BAD_INCOMING_DATA Internal
        "The data that came for a piece is bad or too short."
        "Les données reçues pour un fragment sont mauvaises ou trop courtes.";
    0x80D0_6805 DO_E_BAD_PIECE_HASH Internal
        "A piece does not match its hash."
        "Un fragment ne correspond pas à son empreinte.";
    0x80D0_6806 DO_E_BAD_PIECE_HASH_NO_BAN Internal
        "A piece does not match its hash; its source gets another chance."
        "Un fragment ne correspond pas à son empreinte ; sa source a droit à une autre chance.";
    0x80D0_6807 DO_E_ALREADY_HAVE_PIECE Internal
        "A piece came that is here already."
        "Un fragment déjà présent est arrivé.";
    0x80D0_6808 DO_E_MISSING_PIECE Internal
        "A piece that was asked for is no longer in the cache."
        "Un fragment demandé n'est plus dans le cache.";
    0x80D0_6809 DO_E_METAINFO_CONTENT Internal
        "The description of the content cannot be read."
        "La description du contenu est illisible.";
    0x80D0_680A DO_E_METAINFO_VERSION Internal
        "The description of the content has an unknown version."
        "La description du contenu a une version inconnue.";
    0x80D0_680B DO_E_SWARM_NOT_RUNNING Internal
        "The swarm is not running."
        "L'essaim n'est pas en marche.";
    0x80D0_680C DO_E_UNRECOGNIZED_CONN Internal
        "The peer is not known."
        "Le pair est inconnu.";
    0x80D0_680D DO_E_PEER_BANNED Internal
        "The peer is banned."
        "Le pair est banni.";
    0x80D0_680E DO_E_CONNECT_TO_SELF Internal
        "The peer is this machine itself."
        "Le pair est cette machine elle-même.";
    0x80D0_680F DO_E_ALREADY_CONNECTED Internal
        "The peer is connected already."
        "Le pair est déjà connecté.";
    0x80D0_6810 DO_E_NO_MORE_CONNECTIONS Internal
        "There are as many connections to peers as there may be."
        "Il y a autant de connexions à des pairs que permis.";
    0x80D0_6811 DO_E_LOST_CONNECTION Internal
        "The connection to the peer was lost."
        "La connexion au pair est perdue.";
    0x80D0_6812 DO_E_UNRECOGNIZED_SWARM Internal
        "The swarm is not known."
        "L'essaim est inconnu.";
    0x80D0_6813 DO_E_INVALID_HANDSHAKE_LEN Internal
        "The peer's greeting has a wrong length."
        "Le message d'accueil du pair n'a pas la bonne longueur.";
    0x80D0_6814 DO_E_SOCKET_CLOSED Internal
        "The peer closed the connection."
        "Le pair a fermé la connexion.";
    0x80D0_6815 DO_E_PEER_MSG_TOO_LONG Internal
        "A message of the peer is longer than it may be."
        "Un message du pair est plus long que permis.";
    0x80D0_6816 DO_E_INVALID_PEER_MSG Internal
        "A message of the peer cannot be understood."
        "Un message du pair est incompréhensible.";
    0x80D0_6817 DO_E_PEER_IS_UPLOAD Internal
        "The peer only gives and does not take."
        "Le pair ne fait que donner et ne prend pas.";
    0x80D0_6818 DO_E_PIN_FAIL_NO_PEERING Internal
        "The content cannot be pinned because it is not shared with peers."
        "Le contenu ne peut pas être épinglé car il n'est pas partagé avec des pairs.";
    0x80D0_6819 DO_E_DELETE_PINNED_SWARM Internal
        "The content is pinned and is not deleted without force."
        "Le contenu est épinglé et n'est pas supprimé sans l'exiger.";
    0x80D0_681A DO_E_METAINFO_DIGEST_MATCH Internal
        "The description of the content does not match its digest."
        "La description du contenu ne correspond pas à son empreinte.";
    0x80D0_681B DO_E_METAINFO_HOH_MATCH Internal
        "The hash over all piece hashes is not the expected one."
        "L'empreinte des empreintes de fragments n'est pas celle attendue.";
    0x80D0_681C DO_E_METAINFO_HOH_FINAL_MATCH Internal
        "The hash over all piece hashes, computed again, is not the expected one."
        "L'empreinte des empreintes de fragments, recalculée, n'est pas celle attendue.";
    0x80D0_681D DO_E_METAINFO_CONTENT_LENGTH Internal
        "The description of the content gives an impossible length."
        "La description du contenu donne une longueur impossible.";
    0x80D0_681E DO_E_METAINFO_PIECE_SIZE Internal
        "The description of the content gives an impossible piece size."
        "La description du contenu donne une taille de fragment impossible.";
    0x80D0_681F DO_E_METAINFO_PARSE_HOH Internal
        "The hash over all piece hashes cannot be read."
        "L'empreinte des empreintes de fragments est illisible.";
    0x80D0_6820 DO_E_METAINFO_PARSE_PIECEHASHES Internal
        "The list of piece hashes cannot be read."
        "La liste des empreintes de fragments est illisible.";
    0x80D0_6821 DO_E_METAINFO_PARSE_ONE_PIECEHASH Internal
        "A piece hash cannot be read."
        "Une empreinte de fragment est illisible.";
    0x80D0_6822 DO_E_METAINFO_FILE_SIZE Internal
        "The size of the piece hash file is missing or wrong."
        "La taille du fichier d'empreintes de fragments est absente ou erronée.";
    }
}
