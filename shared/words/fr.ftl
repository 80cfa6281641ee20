### Les mots que lisent les acheteurs : les pages, les e-mails et ce qui entoure le paiement chez Stripe.
### Français. La traduction en Rust est expliquée en tête de ../build.rs.
###
### Bref, chaleureux, simple ; l'acheteur est « vous », la boutique de l'auteur « nous ».
### Édition : edition. Page personnelle : private page. Page du livre : book page.
### Une espace ordinaire avant ; : ! ? et dans « » devient une espace fine insécable.

## Nombres, dates, sommes, listes

# $number va de 0 à 12, ou plus.
number-word = { $number ->
    [0] zéro
    [1] un
    [2] deux
    [3] trois
    [4] quatre
    [5] cinq
    [6] six
    [7] sept
    [8] huit
    [9] neuf
    [10] dix
    [11] onze
    [12] douze
   *[other] { $number }
}
# $month va de 1 à 12.
month = { $month ->
    [1] janvier
    [2] février
    [3] mars
    [4] avril
    [5] mai
    [6] juin
    [7] juillet
    [8] août
    [9] septembre
    [10] octobre
    [11] novembre
   *[other] décembre
}
# $day va de 1 à 31.
date = { $day ->
    [1] 1er { $month } { $year }
   *[other] { $day } { $month } { $year }
}
decimal-point = ,
# $currency est un code de trois lettres, USD.
sum = { $amount }{ "\u00A0" }{ $currency }
# Les deux derniers d'une liste : PDF ou EPUB. Des virgules séparent ceux d'avant.
list-or = { $first } ou { $last }

## Fichiers

format-hint-pdf = pour ordinateur, tablette et impression
format-hint-epub = pour téléphone et liseuse
format-hint-kindle = pour les anciens Kindle
format-hint-zip = tous les fichiers dans une archive
size-bytes = { $bytes ->
    [one] { $bytes }{ "\u00A0" }octet
   *[other] { $bytes }{ "\u00A0" }octets
}
size-kilobytes = { $size }{ "\u00A0" }ko
size-megabytes = { $size }{ "\u00A0" }Mo
size-gigabytes = { $size }{ "\u00A0" }Go

## Sur plusieurs pages et e-mails

# Au-dessus du nom du livre.
your-copy = Votre exemplaire
your-books = Vos livres
book-cover = Couverture du livre
# $reference retrouve un événement dans le journal de la boutique.
reference = Référence : { $reference }
# Précède un lien ou un nom.
introduced = { $label } :
# Précède les autres livres d’un paiement.
of-same-purchase = Du même achat :

## Au pied de chaque page

foot-question = Une question ?
foot-book-page = Retour à la page du livre

## La page personnelle

private-page-title = Votre exemplaire de « { $book } »
private-page-mail-comes = Merci d’avoir acheté ce livre. Un e-mail contenant l’adresse de cette page est en route vers vous.
# $full est le nombre de téléchargements qu'il y avait.
downloads-left = { $left ->
    [0] Plus aucun téléchargement disponible
   *[other] { $full ->
        [one] { $left } téléchargement restant
       *[other] { $left ->
            [one] { $left } téléchargement restant sur { $full }
           *[other] { $left } téléchargements restants sur { $full }
        }
    }
}
# Un bouton. $file est « PDF », ou le nom que l'auteur donne au fichier.
download-file = Télécharger { $file }
used-up = { $full ->
    [one] Vous avez utilisé votre unique téléchargement de cette édition.
   *[other] Vous avez utilisé vos { WORD($full) } téléchargements de cette édition.
}
used-up-help = Un fichier perdu, ou jamais reçu ? Cela arrive : écrivez-nous depuis l’adresse qui a servi à l’achat, et nous vous aiderons.
used-up-new-edition = Quand une nouvelle édition paraîtra, vous la trouverez sur cette page, avec de nouveaux téléchargements.
write-to-us = Nous écrire
new-in-this-edition = Nouveautés de cette édition
# Le nom de la dernière section, pour les lecteurs d'écran.
how-this-page-works = Comment fonctionne cette page
page-costs-nothing = { $full ->
    [one] Ouvrir cette page ne compte pas ; un clic sur un bouton utilise votre unique téléchargement.
   *[other] Ouvrir cette page ne compte pas ; chaque clic sur un bouton utilise l’un de vos { WORD($full) } téléchargements.
}
page-costs-nothing-books = Ouvrir cette page ne compte pas ; chaque clic sur un bouton utilise un téléchargement du livre concerné.
page-reload = Actualisez la page pour voir combien il en reste.
page-again = Un fichier n’est pas arrivé, ou pas en entier ? Cliquez de nouveau sur son bouton : pendant une heure, et tant que vous n’actualisez pas cette page, cela n’utilise pas d’autre téléchargement.
page-keep-private = Gardez ce lien pour vous et ajoutez-le à vos favoris : il est personnel.
page-editions-mailed = Les nouvelles éditions paraissent ici, avec de nouveaux téléchargements, et nous vous écrivons à chaque fois.
page-editions-turned-off = Les nouvelles éditions paraissent ici, avec de nouveaux téléchargements. Vous ne recevez plus nos e-mails à ce sujet : passez donc de temps en temps.
page-editions-not-possible = Les nouvelles éditions paraissent ici, avec de nouveaux téléchargements. Nous n’avons de vous aucune adresse qui accepte nos e-mails : passez donc de temps en temps.
page-with-others = Vous avez acheté ce livre avec d’autres livres.
page-all-books = Tous les livres de cet achat

## La page de ceux qui ont perdu leur lien

lost-link-title = Lien perdu ?
lost-link-text = Indiquez l’adresse e-mail qui a servi à l’achat, et nous vous enverrons les liens de tous vos livres.
lost-link-label = Adresse e-mail
lost-link-button = Recevoir mes liens
# L'objet d'un e-mail qu'un lecteur de cette page écrit à l'auteur.
lost-link-question = Lien perdu
lost-link-for-programs = Envoyez ici le champ « email » par POST, et les liens partiront à cette adresse.

## La page sur les e-mails des nouvelles éditions

subscription-title = E-mails sur « { $book } »
subscription-label = E-mails sur les nouvelles éditions
subscription-on = Quand une nouvelle édition de ce livre paraît, nous vous envoyons un e-mail. Vous pouvez y renoncer ici. Dans tous les cas, vous trouverez les nouvelles éditions sur votre page personnelle.
subscription-off = Vous ne recevez aucun e-mail sur les nouvelles éditions de ce livre. Elles paraissent toujours sur votre page personnelle, avec de nouveaux téléchargements.
subscription-stop = Ne plus recevoir ces e-mails
subscription-start = Recevoir de nouveau ces e-mails
subscription-private-page = Aller à votre page personnelle

## Boutons et liens des messages

action-lost-link = Lien perdu ?
action-book-page = Aller à la page du livre
action-payment = Continuer vers le paiement
action-look-again = Vérifier de nouveau

## Messages : ce qui vient à la place de ce qui était demandé

not-found-title = Il n’y a pas de livre à cette adresse
not-found-whole = Si un lien reçu par e-mail vous a conduit ici, vérifiez qu’il est entier : les logiciels de messagerie coupent parfois un long lien en deux.
not-found-lost = Si vous avez acheté un livre et perdu son lien, nous vous l’envoyons de nouveau. Si cela ne suffit pas, écrivez-nous et nous retrouverons votre achat.

no-such-product-title = Nous ne connaissons pas ce livre
no-such-product-old-page = Rien n’a été débité. La page qui vous a conduit ici est peut-être ancienne.
no-such-product-today = La page du livre montre ce que vous pouvez acheter aujourd’hui.

not-for-sale-title = Cette édition n’est plus en vente
not-for-sale-today = Rien n’a été débité. La page du livre montre les éditions que vous pouvez acheter aujourd’hui.
not-for-sale-bought = Si vous avez déjà acheté cette édition, votre lien personnel fonctionne toujours.

bad-request-title = Nous n’avons pas pu lire ce formulaire
bad-request-again = Revenez en arrière et essayez encore une fois. Si cela se reproduit, écrivez-nous en citant la phrase ci-dessus.
bad-field-product-id = Le champ « product_id » doit être l’identifiant d’un produit, tel qu’il figure sur la page du livre.
bad-field-book = Le champ « book » doit être ce qu’envoie le bouton de la page, par exemple « wip ».
bad-field-file = Le champ « file » doit être l’un des fichiers de la page, par exemple « pdf ».
bad-field-token = Le champ « token » doit être ce qu’envoie le bouton de la page.
bad-field-email = Le champ « email » doit être l’adresse e-mail qui a servi à l’achat, par exemple jane@example.com.
unreadable-body = Il faut un formulaire ordinaire, ou un objet JSON dont les valeurs sont des textes.
# $files est une liste entre guillemets : « epub », « pdf ».
no-such-file = Le champ « file » doit être l’un des fichiers achetés, { $files } ; « { $asked } » n’en fait pas partie. Aucun téléchargement n’a été utilisé.
quoted = « { $text } »
bad-signature = L’en-tête « stripe-signature » doit être celui de Stripe, créé avec le secret de ce point d’accès au cours des cinq dernières minutes.

too-large-title = C’était trop volumineux
too-large-text = La requête était plus volumineuse que tous les formulaires de cette boutique ; nous ne l’avons donc pas lue. Rien n’a été débité.
too-large-back = Revenez en arrière et utilisez les boutons de la page.

method-title = Cela ne fonctionne pas ici
method-text = Cette adresse ne répond pas à ce genre de requête.
method-back = Allez à la page du livre, ou suivez le lien de votre e-mail, et utilisez les boutons qui s’y trouvent.

not-paid-title = Vous n’avez pas encore payé
not-paid-text = Le paiement n’est pas allé jusqu’au bout ; rien n’a donc été débité.
not-paid-go-on = Vous pouvez reprendre là où vous en étiez, avec la même carte ou une autre.
not-paid-start-again = Pour acheter le livre, recommencez depuis la page du livre ; n’importe quelle carte convient.

expired-title = Cette commande a expiré
expired-text = Elle n’a pas été payée à temps ; rien n’a donc été débité.
expired-start-again = Si vous voulez toujours le livre, recommencez depuis la page du livre ; cela prend une minute.

refunded-title = Cet achat a été remboursé
refunded-text = Le remboursement sur la carte ou le compte qui a servi au paiement est en cours ; ce lien est donc désactivé. Les banques peuvent mettre jusqu’à dix jours ouvrés pour afficher un remboursement.
refunded-question = Si vous n’avez rien demandé, écrivez-nous. Si vous souhaitez finalement le livre, il est toujours disponible sur la page du livre.
taken-back-title = Cet achat a été annulé
taken-back-text = Le livre a été acheté sur { $platform }, où il a été remboursé ou annulé ; ce lien est donc désactivé.
taken-back-question = Si vous pensez que c’est une erreur, écrivez-nous.

disputed-title = Ce lien est suspendu
disputed-text = La banque qui a effectué ce paiement l’a contesté ; les téléchargements sont donc suspendus.
disputed-next = Si la banque décide que le paiement est valable, ce lien sera réactivé de lui-même, avec tout ce qu’il contenait ; si elle reprend l’argent, il restera désactivé. Si vous ne vouliez pas contester ce paiement, dites-le à votre banque, ou écrivez-nous et nous vous aiderons.

no-downloads-title = Plus aucun téléchargement disponible
no-downloads-text = Vous avez utilisé tous les téléchargements de cette édition.
no-downloads-new-edition = Quand une nouvelle édition paraîtra, votre lien fonctionnera de nouveau, avec de nouveaux téléchargements.

## Messages : ce qui a échoué du côté de la boutique

failed-cannot-buy-title = Désolés, l’achat est impossible pour le moment
failed-cannot-buy = Quelque chose doit d’abord être réparé dans cette boutique. Rien n’a été débité.
failed-cannot-buy-next = Réessayer avant ne servira à rien. Nous sommes prévenus ; revenez demain, ou écrivez-nous en citant la référence.
failed-mending-title = Désolés, nous devons d’abord réparer quelque chose
failed-mending = Quelque chose ne fonctionne pas dans cette boutique. Rien n’est perdu, et votre paiement est en sécurité.
failed-mending-next = Nous sommes prévenus. Actualisez cette page demain, ou écrivez-nous en citant la référence.
failed-before-title = Désolés, cela n’a pas fonctionné
failed-before = Quelque chose ne fonctionne pas de notre côté. Rien n’a été débité.
failed-before-next = Veuillez réessayer dans une minute. Si cela ne fonctionne toujours pas, écrivez-nous en citant la référence.
failed-after-title = Désolés, veuillez réessayer dans une minute
failed-after = Quelque chose ne fonctionne pas de notre côté. Rien n’est perdu, et votre paiement est en sécurité.
failed-after-next = Actualisez cette page dans une minute. Si cela ne fonctionne toujours pas, écrivez-nous en citant la référence.

## Messages : ce qui n'est pas encore fait

# Ne dit jamais que le paiement a échoué : il n'a pas échoué.
payment-pending-title = Votre paiement est en cours de confirmation
payment-pending = Pour certaines banques, cela prend un instant ; pour d’autres, quelques jours. Vous pouvez fermer cette page : nous vous enverrons le lien par e-mail, ou nous vous préviendrons si la banque ne paie pas.
payment-pending-looks = Pendant une minute, cette page vérifie d’elle-même et ouvre votre livre dès que possible.

link-mailed-title = Le lien est dans votre boîte de réception
link-mailed = Ce livre est payé, et son lien est parti à l’adresse indiquée lors du paiement. Par sécurité, cette page ne mène au livre que pendant l’heure qui suit le paiement.
link-mailed-lost = Si vous ne trouvez pas l’e-mail, regardez dans les indésirables, ou demandez-nous d’envoyer le lien de nouveau.

links-by-mail-title = Consultez votre messagerie
links-by-mail = Si quelqu’un a fait un achat avec cette adresse, nous y envoyons ses liens.
links-by-mail-wait = Si rien n’est arrivé dans dix minutes, regardez dans les indésirables, puis demandez encore une fois : un e-mail peut se perdre sans que cette page puisse le signaler. Ou essayez une autre adresse que vous avez pu utiliser.
links-by-mail-help = Si cela ne suffit pas, écrivez-nous et nous retrouverons votre achat.

## Tous les e-mails

mail-question = Une question, ou un fichier qui ne s’ouvre pas ? Écrivez à { $address }.
mail-question-unbought = Une question ? Écrivez à { $address }.
mail-open-page = Ouvrir votre page
mail-or-address = Ou ouvrez cette adresse :

## L’e-mail avec le lien personnel, juste après le paiement

receipt-subject = { $more ->
    [0] Votre exemplaire de « { $book } »
    [one] Votre exemplaire de « { $book } » et un autre livre
   *[other] Votre exemplaire de « { $book } » et { WORD($more) } autres livres
}
receipt-preheader = { $books ->
    [one] Le lien vers votre page personnelle, où le livre vous attend.
   *[other] Le lien vers votre page personnelle, où les livres vous attendent.
}
receipt-thanks = { $books ->
    [one] Merci d’avoir acheté ce livre. Il vous attend sur une page rien qu’à vous.
   *[other] Merci d’avoir acheté ces livres. Ils vous attendent sur une page rien qu’à vous.
}
receipt-same-page = Sur la même page :
# $files est une liste : PDF, EPUB ou MOBI.
receipt-files = Vous pouvez l’y télécharger en { $files }.
receipt-downloads = { $downloads ->
    [0] Votre achat ne donne droit à aucun téléchargement.
    [one] Votre achat donne droit à un téléchargement.
   *[other] Votre achat donne droit à { WORD($downloads) } téléchargements.
}
receipt-downloads-books = { $downloads ->
    [0] Aucun livre ne donne droit à un téléchargement.
    [one] Chaque livre donne droit à un téléchargement.
   *[other] Chaque livre donne droit à { WORD($downloads) } téléchargements.
}
receipt-costs-nothing = Ouvrir la page ne compte pas ; chaque clic sur un bouton utilise un téléchargement.
receipt-editions-mailed = { $downloads ->
    [0] Quand une nouvelle édition paraîtra, nous vous écrirons. Elle sera sur la même page, avec de nouveaux téléchargements.
    [one] Quand une nouvelle édition paraîtra, nous vous écrirons. Elle sera sur la même page, avec un nouveau téléchargement.
   *[other] Quand une nouvelle édition paraîtra, nous vous écrirons. Elle sera sur la même page, avec { WORD($downloads) } nouveaux téléchargements.
}
receipt-editions-turned-off = { $downloads ->
    [0] Les nouvelles éditions paraissent sur la même page, avec de nouveaux téléchargements. Vous ne recevez plus nos e-mails à ce sujet.
    [one] Les nouvelles éditions paraissent sur la même page, avec un nouveau téléchargement. Vous ne recevez plus nos e-mails à ce sujet.
   *[other] Les nouvelles éditions paraissent sur la même page, avec { WORD($downloads) } nouveaux téléchargements. Vous ne recevez plus nos e-mails à ce sujet.
}
# En gras ; le message suivant vient sur la même ligne.
receipt-key = { $books ->
    [one] Le lien est la clé de votre livre :
   *[other] Le lien est la clé de vos livres :
}
receipt-keep = conservez cet e-mail, et gardez le lien pour vous.

## L’e-mail d'une nouvelle édition

new-edition-subject = { $book } : { $version } disponible
new-edition-label = Nouvelle édition
new-edition-preheader = { $downloads ->
    [one] La nouvelle édition est sur votre page, avec un nouveau téléchargement.
   *[other] La nouvelle édition est sur votre page, avec { WORD($downloads) } nouveaux téléchargements.
}
new-edition-text = { $downloads ->
    [one] Une nouvelle édition de votre livre est parue, et elle est à vous. Vous la trouverez sur la page que vous connaissez, avec un nouveau téléchargement.
   *[other] Une nouvelle édition de votre livre est parue, et elle est à vous. Vous la trouverez sur la page que vous connaissez, avec { WORD($downloads) } nouveaux téléchargements.
}
# Le livre est déjà entre guillemets.
new-edition-elsewhere = { $downloads ->
    [one] Vous avez acheté { $book } sur { $platform } en { $year }. La nouvelle édition est là, et elle est à vous, sur une page personnelle, avec un téléchargement.
   *[other] Vous avez acheté { $book } sur { $platform } en { $year }. La nouvelle édition est là, et elle est à vous, sur une page personnelle, avec { WORD($downloads) } téléchargements.
}
new-edition-elsewhere-preheader = Vous avez acheté le livre sur { $platform } en { $year } ; la nouvelle édition est à vous.
new-edition-elsewhere-why = Vous recevez cet e-mail parce que vous avez acheté le livre sur { $platform }.
new-edition-button = Obtenir la nouvelle édition
new-edition-notes = Les nouveautés
new-edition-key = Le lien est la clé de votre livre :
new-edition-keep = gardez-le pour vous.
new-edition-why = Vous recevez cet e-mail parce que vous avez acheté le livre.
# $link est le message suivant, en lien.
new-edition-unsubscribe = { $link } ; votre exemplaire reste à vous.
new-edition-unsubscribe-link = Ne plus recevoir d’e-mails sur les nouvelles éditions
# En texte simple, au-dessus de l'adresse.
new-edition-unsubscribe-text = Si vous préférez ne plus entendre parler des nouvelles éditions, dites-le ici ; votre exemplaire reste à vous :

## L’e-mail à qui a perdu ses liens

lost-links-title = { $books ->
    [one] Votre lien
   *[other] Les liens de vos livres
}
lost-links-subject = Votre lien vers « { $book } »
lost-links-asked = { $books ->
    [one] Vous avez demandé le lien du livre que vous avez acheté. Le voici de nouveau.
   *[other] Vous avez demandé les liens des livres que vous avez achetés. Les voici de nouveau.
}
lost-links-newest = Voici vos { WORD($count) } liens les plus récents. S’il vous en manque un plus ancien, écrivez-nous.
# En gras ; le message suivant vient sur la même ligne.
lost-links-key = Quiconque possède un lien a accès au livre :
lost-links-keep = gardez cet e-mail pour vous.
lost-links-not-you = Vous n’avez rien demandé ? Alors quelqu’un d’autre a saisi votre adresse. Rien ne lui a été montré, et vous n’avez rien à faire.

## L’e-mail d'un prélèvement qui n'a pas abouti

payment-failed-subject = Votre paiement pour « { $book } » n’a pas abouti
payment-failed-preheader = Rien n’a été débité, et vous pouvez acheter le livre de nouveau.
payment-failed-label = Votre paiement
payment-failed-text = Votre banque n’a pas effectué le paiement de ce livre. Rien n’a donc été débité, et vous n’avez pas encore d’exemplaire.
payment-failed-again = Si vous le voulez toujours, vous pouvez l’acheter de nouveau sur la page du livre ; n’importe quelle carte convient.
payment-failed-button = Aller à la page du livre
payment-failed-paid-since = Si vous avez payé autrement depuis, vous n’avez rien à faire.

## La page personnelle, juste après le paiement et plus tard

private-page-thanks = { $books ->
    [one] Merci ! Le livre est à vous.
   *[other] Merci ! Les livres sont à vous.
}
paid-line = { $sum } payés le { $date }
stripe-receipt = Reçu de Stripe
# À la place de la somme, pour un achat fait sur une autre plateforme et importé.
bought-elsewhere-line = Acheté sur { $platform } le { $date }
# $address est masquée : r•••@e•••.com
page-mailed-to = Nous avons envoyé ce lien à { $address }.
page-author-thanks = Un mot de remerciement
wrong-address = Mauvaise adresse ?
wrong-address-text = Saisissez la bonne, et nous y enverrons le lien. C’est possible une seule fois, dans l’heure qui suit le paiement et avant le premier téléchargement. Nous préviendrons l’adresse saisie en premier que le lien est parti à une autre.
wrong-address-label = Bonne adresse e-mail
wrong-address-button = Envoyer à cette adresse
help-title = Où est mon fichier ?
help-phone = Sur un téléphone ou une tablette, il est dans vos téléchargements : dans l’application Fichiers sur iPhone ou iPad, dans Fichiers ou Téléchargements sur Android.
help-kindle = Sur Kindle : envoyez l’EPUB avec Send to Kindle d’Amazon, et il apparaîtra dans votre bibliothèque.
help-in-app = Rien ne se passe dans la fenêtre d’une application de messagerie ou de discussion ? Choisissez « Ouvrir dans le navigateur » dans son menu, et cliquez sur le bouton dans le navigateur.
# Sur papier, avant l'adresse.
print-address = L’adresse de cette page :

## L'avis qu'une adresse ne peut plus être corrigée

address-stays-title = L’adresse reste telle quelle
address-stays-text = Elle peut être corrigée ici une seule fois, dans l’heure qui suit le paiement et tant que rien n’a été téléchargé. Votre lien et votre livre sont en sécurité.
address-stays-help = Écrivez-nous en citant la référence, et nous la changeons pour vous.
bad-field-address = Le champ « address » doit être l’adresse e-mail à laquelle le lien doit aller, par exemple jane@example.com.

## Factures et avoirs

# Des liens, sur la page privée et dans les e-mails.
invoice = Facture de Stripe
invoice-pdf = Facture en PDF
credit-note-pdf = Avoir en PDF
documents-until = Stripe garde ce document en ligne jusqu’au { $date }. Enregistrez le PDF si vous en avez besoin plus longtemps.
invoice-ended = Stripe ne garde plus votre facture en ligne. Écrivez-nous si vous en avez encore besoin.
bad-field-company = Le champ « company » contient « yes » si vous achetez pour une entreprise ; sinon, il est absent.
no-invoices-title = Cette boutique n’établit pas de factures
no-invoices-without = Rien n’a été débité. Si vous n’avez pas besoin de facture, revenez en arrière, ne cochez pas la case pour les entreprises et achetez le livre.
no-invoices-write = Si votre entreprise a besoin d’une facture, écrivez-nous avant d’acheter.

## Ce que la confirmation dit du paiement

receipt-tax = Dont taxe : { $tax }
# $country est un code de deux lettres, DE.
receipt-tax-country = Dont taxe : { $tax } ({ $country })
receipt-seller = Vendu par { $seller }
# Sous la somme, là où Link a vendu à la place de l’auteur. « LINK.COM* » figure ainsi sur les relevés.
sold-through-link = Vendu par l’intermédiaire de Link, un service de Stripe. Votre relevé bancaire indique LINK.COM*, et Link envoie le reçu du paiement.
receipt-bought-before = Vous avez déjà acheté ce livre le { $date }. Si c’est une erreur, répondez à cet e-mail.
receipt-bought-before-elsewhere = Vous avez déjà acheté ce livre sur { $platform } le { $date }. Si c’est une erreur, répondez à cet e-mail.

## L'e-mail à une adresse que l'acheteur a corrigée

corrected-subject = Le lien vers « { $book } » est parti à une autre adresse
corrected-preheader = Vous n’avez rien à faire, sauf si c’est vous qui avez payé.
corrected-label = Une adresse corrigée
corrected-text = Quelqu’un a acheté ce livre, a donné cette adresse, puis l’a corrigée. Le lien est parti à l’adresse corrigée, et tout autre e-mail sur ce livre y sera aussi envoyé.
corrected-not-you = Vous ne l’avez pas acheté ? Alors quelqu’un s’est trompé d’adresse, et vous n’avez rien à faire.
corrected-yours = Vous l’avez payé, et n’avez rien corrigé ? Répondez à cet e-mail en citant la référence.

## L'e-mail sur un remboursement

refund-subject = Votre remboursement pour « { $book } »
refund-label = Votre remboursement
refund-preheader = { $sum } sont en cours de remboursement.
refund-all = { $sum } sont en cours de remboursement sur la carte ou le compte qui a servi au paiement ; le lien est désactivé.
refund-part = { $sum } de votre paiement sont en cours de remboursement sur la carte ou le compte qui a servi au paiement ; le lien reste actif.
refund-banks = Une banque peut mettre jusqu’à dix jours ouvrés à afficher un remboursement.
refund-question = Vous ne vous y attendiez pas ? Répondez à cet e-mail en citant la référence.

## Avant le premier téléchargement, si la boutique applique le droit de rétractation de l’Union européenne

agreement-1 = Je souhaite télécharger maintenant et je donne mon consentement préalable exprès pour que l’exécution du contrat commence pendant le délai de rétractation. Je reconnais que je perdrai ainsi mon droit de rétractation dès que le téléchargement commencera.
agreement-title = Avant le premier téléchargement
agreement-why = Vous disposez de 14 jours pour vous rétracter de ce contrat, sans donner de motif. Ce droit prend fin avec le premier téléchargement : c’est pourquoi nous vous posons la question, une seule fois. Nous confirmons votre réponse par e-mail.
agreement-button = Continuer vers les téléchargements
agreement-needed-title = Une question avant le premier téléchargement
agreement-needed-text = Aucun téléchargement n’a été utilisé. Nous vous posons d’abord une question, une seule fois : veuillez cocher la case sur votre page personnelle.
# L’e-mail qui le confirme
agreement-subject = Votre accord pour « { $book } »
agreement-label = Confirmation
agreement-preheader = Le texte que vous avez accepté, et quand.
agreement-quoted = Avant le premier téléchargement, vous avez accepté ce texte :
agreement-time = Accepté le { $date } à { $time } (UTC).
agreement-keep = Veuillez conserver cet e-mail. Il confirme que vous avez donné votre consentement et reconnu perdre votre droit de rétractation, comme le demande l’article 8, paragraphe 7, de la directive 2011/83/UE.
## Rendre un achat : les liens, les pages et ce qu’il en est

# Les mots de la directive 2011/83/UE, article 11 bis, et de l’article D. 221-5 du Code de la consommation. Ils restent tels quels.
withdraw-link = Renoncer au contrat ici
withdraw-button = Confirmer la rétractation
withdraw-title = Renoncer au contrat
withdraw-label = Rétractation
withdraw-text = Dans les 14 jours suivant l’achat, et tant qu’aucun téléchargement n’a commencé, vous pouvez renoncer au contrat sans donner de motif. La somme payée vous est alors remboursée sur la carte ou le compte qui a servi au paiement, et votre lien est désactivé. Nous envoyons un accusé de réception avec la date et l’heure à l’adresse qui a servi à l’achat.
withdraw-buyer-label = Votre lien personnel, ou l’adresse e-mail qui a servi à l’achat
withdraw-purchase-label = Ce que vous avez acheté : le livre, la date ou la référence
withdraw-name-label = Votre nom
withdraw-by-address = Le lien personnel est préférable. L’adresse seule ne prouve pas que c’est bien vous : l’e-mail que nous y envoyons vous demande donc de cliquer encore sur un bouton.
withdraw-unread = Nous ne trouvons ni lien personnel ni adresse e-mail dans ce que vous avez saisi. Une adresse a la forme jane@example.com. Si vous ne connaissez que la référence, écrivez-nous en l’indiquant.
withdraw-for-programs = Envoyez ici par POST les champs « buyer » (un lien personnel ou l’adresse e-mail qui a servi à l’achat), « purchase » et « name ».
withdraw-own-text = Vous renoncez ainsi au contrat portant sur cet achat. { $sum } vous sont remboursés sur la carte ou le compte qui a servi au paiement, et votre lien est désactivé. Vous n’avez pas à donner de motif.
withdraw-still = Vous pouvez tout de même déclarer la rétractation : l’auteur en est informé, prend une décision et vous écrit.
withdraw-by-terms = Selon les conditions de l’auteur, vous pouvez encore obtenir tout de suite un remboursement.
withdraw-downloaded = Un téléchargement a commencé, ce qui a mis fin au droit de rétractation.
withdraw-downloaded-unconfirmed = Un téléchargement a commencé : l’auteur vérifie si cela a mis fin au droit de rétractation.
withdraw-late = Plus de 14 jours se sont écoulés depuis l’achat : le délai de rétractation a expiré.
refund-link = Obtenir un remboursement
refund-page-label = Remboursement
refund-page-text = { $sum } vous sont remboursés sur la carte ou le compte qui a servi au paiement, et votre lien est désactivé. Cela ne peut pas être annulé.
refund-reason-label = Pourquoi ? La réponse est facultative ; l’auteur la lira.
refund-button = Demander le remboursement
refund-downloaded = Il y a eu plus de téléchargements qu’un remboursement n’en permet.
refund-late = Le délai pour demander vous-même le remboursement ici est passé.
no-return-nothing-paid = Vous n’avez rien payé ici pour cet achat. Si vous avez acheté le livre ailleurs, c’est là que vous avez payé, et c’est là que l’on vous rembourse.
no-return-sold-by-stripe = La vente s’est faite par l’intermédiaire de Link, un service de Stripe, et votre contrat est conclu avec Link : exercez votre droit de rétractation sur link.com.
no-return-refunded = Le remboursement a déjà été effectué.
no-return-disputed = La banque a contesté le paiement, et c’est elle qui décide à qui revient l’argent.
no-refund-title = Cet achat ne peut pas être remboursé sur cette page
no-refund-help = Écrivez-nous en citant la référence, et nous examinerons nous-mêmes votre demande.
returned-title = Votre remboursement est en cours
withdrawal-received-title = Nous avons reçu votre rétractation
withdrawal-received = Nous avons reçu votre rétractation le { $date } à { $time } (UTC).
withdrawal-acknowledged = Un accusé de réception est en route vers l’adresse e-mail qui a servi à l’achat.
withdrawal-decides = L’auteur en est informé, prend une décision et vous écrit.
withdrawal-asked = Si quelqu’un a fait un achat avec cette adresse, un accusé de réception de la rétractation y est envoyé, avec la date et l’heure.
withdrawal-asked-press = Pour qu’aucun inconnu ne puisse annuler un achat, cet accusé de réception contient un lien vers une page avec encore un bouton. Votre remboursement part quand vous cliquez dessus.
returning-title = Votre remboursement est en cours d’envoi
returning-text = Le remboursement de cet achat est en cours d’envoi ; en attendant, le lien est désactivé. Cela prend d’ordinaire quelques secondes.
returning-again = Si rien n’a changé dans trois minutes, demandez encore une fois : rien n’est remboursé deux fois.
refund-unknown-title = Le service de paiement n’a pas encore répondu
refund-unknown = Nous ne savons pas encore si le service de paiement effectue le remboursement. Rien n’est perdu : votre demande est conservée, et en attendant votre lien est désactivé.
refund-unknown-next = Ouvrez de nouveau votre lien dans trois minutes et cliquez encore une fois sur le bouton. Cela termine le remboursement, et rien n’est remboursé deux fois.
refund-refused-title = Le remboursement n’a pas fonctionné
refund-refused = Le service de paiement n’a pas pu renvoyer l’argent ; votre lien reste donc actif.
refund-refused-next = L’auteur en est informé et peut vous rembourser autrement. Si vous n’avez pas de nouvelles, écrivez-nous en citant la référence.
bad-field-buyer = Le champ « buyer » doit être votre lien personnel ou l’adresse e-mail qui a servi à l’achat, par exemple jane@example.com.

## L’accusé de réception d’une rétractation

withdrawal-subject = Nous avons reçu votre rétractation : « { $book } »
withdrawal-title = Accusé de réception d’une rétractation
withdrawal-mail-received = Le { $date } à { $time } (UTC), nous avons reçu une rétractation du contrat portant sur :
withdrawal-by-link = Déclarée avec le lien personnel.
withdrawal-by-address = Déclarée avec l’adresse e-mail { $address }.
withdrawal-name = Nom : { $name }
withdrawal-described = Achat, tel qu’il a été décrit : { $text }
withdrawal-stands = Le droit de rétractation s’applique. { $sum } sont remboursés sur la carte ou le compte qui a servi au paiement, et le lien est désactivé.
withdrawal-press = Le droit de rétractation s’applique. { $sum } sont remboursés quand vous cliquez sur le bouton de cette page :
withdrawal-not-you = Vous n’avez rien demandé ? Alors quelqu’un d’autre a saisi votre adresse. Rien ne lui a été montré, et tant que vous ne cliquez sur rien, rien ne se passe.
