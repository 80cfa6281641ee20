### Die Wörter, die Käufer lesen: Seiten, E-Mails und was neben Stripes Bezahlseite steht.
### Deutsch. Wie daraus Rust wird, steht am Anfang von ../build.rs.
###
### Kurz, freundlich, schlicht; der Käufer ist „Sie“, der Shop des Autors „wir“.
### Auflage: edition. Persönliche Seite: private page. Buchseite: book page.

## Zahlen, Tage, Beträge, Listen

# $number ist 0 bis 12 oder größer.
number-word = { $number ->
    [0] null
    [1] eins
    [2] zwei
    [3] drei
    [4] vier
    [5] fünf
    [6] sechs
    [7] sieben
    [8] acht
    [9] neun
    [10] zehn
    [11] elf
    [12] zwölf
   *[other] { $number }
}
# $month ist 1 bis 12.
month = { $month ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[other] Dezember
}
# $day ist 1 bis 31.
date = { $day ->
   *[other] { $day }. { $month } { $year }
}
decimal-point = ,
# $currency ist ein Kürzel aus drei Buchstaben, USD.
sum = { $amount }{ "\u00A0" }{ $currency }
# Die letzten zwei einer Liste: PDF oder EPUB. Davor stehen Kommas.
list-or = { $first } oder { $last }

## Dateien

format-hint-pdf = für Computer, Tablet und Druck
format-hint-epub = für Smartphone und E-Reader
format-hint-kindle = für ältere Kindles
format-hint-zip = alle Dateien in einem Archiv
size-bytes = { $bytes ->
    [one] { $bytes }{ "\u00A0" }Byte
   *[other] { $bytes }{ "\u00A0" }Bytes
}
size-kilobytes = { $size }{ "\u00A0" }KB
size-megabytes = { $size }{ "\u00A0" }MB
size-gigabytes = { $size }{ "\u00A0" }GB

## Auf mehreren Seiten und in mehreren E-Mails

# Steht über dem Namen des Buches.
your-copy = Ihr Exemplar
your-books = Ihre Bücher
book-cover = Buchumschlag
# $reference findet ein Ereignis im Protokoll des Shops.
reference = Referenz: { $reference }
# Steht vor einem Link oder einem Namen.
introduced = { $label }:
# Vor den anderen Büchern einer Zahlung.
of-same-purchase = Aus demselben Kauf:

## Am Fuß jeder Seite

foot-question = Fragen?
foot-book-page = Zurück zur Buchseite

## Die persönliche Seite

private-page-title = Ihr Exemplar von „{ $book }“
private-page-mail-comes = Danke, dass Sie das Buch gekauft haben. Eine E-Mail mit der Adresse dieser Seite ist zu Ihnen unterwegs.
# $full ist, wie viele Downloads es waren.
downloads-left = { $left ->
    [0] Keine Downloads mehr übrig
   *[other] { $full ->
        [one] Noch { $left } Download
       *[other] Noch { $left } von { $full } Downloads
    }
}
# Ein Button. $file ist „PDF“ oder so, wie der Autor die Datei nennt.
download-file = { $file } herunterladen
used-up = { $full ->
    [one] Sie haben Ihren einzigen Download dieser Auflage genutzt.
   *[other] Sie haben Ihre { WORD($full) } Downloads dieser Auflage genutzt.
}
used-up-help = Eine Datei ist verloren gegangen oder nie angekommen? Das kommt vor: Schreiben Sie uns von der Adresse, mit der Sie gekauft haben, und wir helfen Ihnen.
used-up-new-edition = Wenn eine neue Auflage erscheint, finden Sie sie auf dieser Seite, mit neuen Downloads.
write-to-us = Schreiben Sie uns
new-in-this-edition = Neu in dieser Auflage
# Der Name des letzten Abschnitts, für Screenreader.
how-this-page-works = Wie diese Seite funktioniert
page-costs-nothing = { $full ->
    [one] Diese Seite zu öffnen zählt nicht; erst ein Klick auf einen Button verbraucht Ihren einzigen Download.
   *[other] Diese Seite zu öffnen zählt nicht; erst ein Klick auf einen Button verbraucht einen Ihrer { WORD($full) } Downloads.
}
page-costs-nothing-books = Diese Seite zu öffnen zählt nicht; erst ein Klick auf einen Button verbraucht einen Download des jeweiligen Buches.
page-reload = Laden Sie die Seite neu, um zu sehen, wie viele übrig sind.
page-again = Eine Datei ist nicht oder nicht vollständig angekommen? Klicken Sie noch einmal auf den Button der Datei: Eine Stunde lang, und solange Sie diese Seite nicht neu laden, verbraucht das keinen weiteren Download.
page-keep-private = Behalten Sie diesen Link für sich, und setzen Sie ein Lesezeichen: Er ist nur für Sie.
page-editions-mailed = Neue Auflagen erscheinen hier, mit neuen Downloads, und wir schreiben Ihnen, sobald es eine gibt.
page-editions-turned-off = Neue Auflagen erscheinen hier, mit neuen Downloads. Unsere E-Mails dazu haben Sie abbestellt; schauen Sie also ab und zu vorbei.
page-editions-not-possible = Neue Auflagen erscheinen hier, mit neuen Downloads. Wir haben keine Adresse von Ihnen, die unsere E-Mails annimmt; schauen Sie also ab und zu vorbei.
page-with-others = Sie haben dieses Buch zusammen mit anderen Büchern gekauft.
page-all-books = Alle Bücher dieses Kaufs

## Die Seite für alle, die ihren Link verloren haben

lost-link-title = Link verloren?
lost-link-text = Geben Sie die E-Mail-Adresse ein, mit der Sie gekauft haben, und wir schicken Ihnen die Links zu allen Ihren Büchern.
lost-link-label = E-Mail-Adresse
lost-link-button = Links zuschicken
# Der Betreff einer E-Mail, die ein Leser dieser Seite an den Autor schreibt.
lost-link-question = Link verloren
lost-link-for-programs = Senden Sie das Feld „email“ per POST hierher, dann gehen die Links an diese Adresse.

## Die Seite über E-Mails zu neuen Auflagen

subscription-title = E-Mails zu „{ $book }“
subscription-label = E-Mails zu neuen Auflagen
subscription-on = Wenn eine neue Auflage dieses Buches erscheint, schicken wir Ihnen eine E-Mail. Hier können Sie das abbestellen. Neue Auflagen bekommen Sie so oder so, auf Ihrer persönlichen Seite.
subscription-off = Sie bekommen keine E-Mails zu neuen Auflagen dieses Buches. Diese erscheinen weiterhin auf Ihrer persönlichen Seite, mit neuen Downloads.
subscription-stop = E-Mails abbestellen
subscription-start = E-Mails wieder erhalten
subscription-private-page = Zu Ihrer persönlichen Seite

## Buttons und Links von Hinweisen

action-lost-link = Link verloren?
action-book-page = Zur Buchseite
action-payment = Weiter zur Zahlung
action-look-again = Noch einmal nachsehen

## Hinweise: was statt dessen kommt, worum gebeten wurde

not-found-title = Unter dieser Adresse gibt es kein Buch
not-found-whole = Wenn ein Link in einer E-Mail Sie hierher geführt hat, prüfen Sie, ob er vollständig ist: Mailprogramme trennen lange Links manchmal.
not-found-lost = Wenn Sie ein Buch gekauft und den Link dazu verloren haben, schicken wir ihn Ihnen noch einmal. Hilft das nicht, schreiben Sie uns, und wir finden Ihren Kauf.

no-such-product-title = Dieses Buch kennen wir nicht
no-such-product-old-page = Es wurde nichts abgebucht. Vielleicht ist die Seite, von der Sie kommen, veraltet.
no-such-product-today = Auf der Buchseite steht, was Sie heute kaufen können.

not-for-sale-title = Diese Auflage wird nicht mehr verkauft
not-for-sale-today = Es wurde nichts abgebucht. Auf der Buchseite stehen die Auflagen, die Sie heute kaufen können.
not-for-sale-bought = Wenn Sie diese Auflage schon gekauft haben, funktioniert Ihr persönlicher Link weiterhin.

bad-request-title = Dieses Formular konnten wir nicht lesen
bad-request-again = Gehen Sie zurück und versuchen Sie es noch einmal. Wenn es wieder passiert, schreiben Sie uns und nennen Sie den Satz oben.
bad-field-product-id = Das Feld „product_id“ muss die Kennung eines Produkts enthalten, wie sie auf der Buchseite steht.
bad-field-book = Das Feld „book“ muss enthalten, was der Button auf der Seite sendet, zum Beispiel „wip“.
bad-field-file = Das Feld „file“ muss eine der Dateien auf der Seite nennen, zum Beispiel „pdf“.
bad-field-token = Das Feld „token“ muss enthalten, was der Button auf der Seite sendet.
bad-field-email = Das Feld „email“ muss die E-Mail-Adresse enthalten, mit der Sie gekauft haben, zum Beispiel jane@example.com.
unreadable-body = Erwartet wird ein gewöhnliches Formular oder ein JSON-Objekt, dessen Werte Texte sind.
# $files ist eine Liste in Anführungszeichen: „epub“, „pdf“.
no-such-file = Das Feld „file“ muss eine der gekauften Dateien nennen, also { $files }; „{ $asked }“ gehört nicht dazu. Es wurde kein Download verbraucht.
quoted = „{ $text }“
bad-signature = Der Header „stripe-signature“ muss von Stripe selbst stammen, mit dem Secret dieses Endpunkts und aus den letzten fünf Minuten.

too-large-title = Das war zu groß
too-large-text = Die Anfrage war größer als jedes Formular dieses Shops, deshalb haben wir sie nicht gelesen. Es wurde nichts abgebucht.
too-large-back = Gehen Sie zurück und benutzen Sie die Buttons auf der Seite.

method-title = Das geht hier nicht
method-text = Diese Adresse beantwortet solche Anfragen nicht.
method-back = Gehen Sie zur Buchseite oder zu dem Link in Ihrer E-Mail und benutzen Sie dort die Buttons.

not-paid-title = Sie haben noch nicht bezahlt
not-paid-text = Die Zahlung wurde nicht abgeschlossen, es wurde also nichts abgebucht.
not-paid-go-on = Sie können dort weitermachen, wo Sie aufgehört haben, mit derselben oder einer anderen Karte.
not-paid-start-again = Um das Buch zu kaufen, beginnen Sie auf der Buchseite noch einmal; es geht mit jeder Karte.

expired-title = Diese Bestellung ist abgelaufen
expired-text = Sie wurde nicht rechtzeitig bezahlt, es wurde also nichts abgebucht.
expired-start-again = Wenn Sie das Buch noch möchten, beginnen Sie auf der Buchseite noch einmal; es dauert eine Minute.

refunded-title = Dieser Kauf wurde erstattet
refunded-text = Ihr Geld ist auf dem Weg zurück auf die Karte oder das Konto, von dem gezahlt wurde; deshalb ist dieser Link gesperrt. Bei manchen Banken dauert es bis zu zehn Werktage, bis die Erstattung sichtbar wird.
refunded-question = Wenn Sie nicht darum gebeten haben, schreiben Sie uns. Wenn Sie das Buch doch möchten: Sie finden es weiterhin auf der Buchseite.
taken-back-title = Dieser Kauf wurde rückgängig gemacht
taken-back-text = Das Buch wurde bei { $platform } gekauft, und der Kauf wurde dort erstattet oder zurückgenommen. Deshalb ist dieser Link gesperrt.
taken-back-question = Wenn Sie das für einen Irrtum halten, schreiben Sie uns.

disputed-title = Dieser Link ist vorübergehend gesperrt
disputed-text = Die Bank, über die diese Zahlung lief, hat sie beanstandet; deshalb ruhen die Downloads.
disputed-next = Entscheidet die Bank, dass die Zahlung bestehen bleibt, wird dieser Link von selbst wieder freigegeben, mit allem, was dazugehört; holt sie das Geld zurück, bleibt er gesperrt. Wenn Sie die Zahlung gar nicht beanstanden wollten, sagen Sie es Ihrer Bank, oder schreiben Sie uns, und wir helfen Ihnen.

no-downloads-title = Keine Downloads mehr übrig
no-downloads-text = Sie haben alle Downloads dieser Auflage genutzt.
no-downloads-new-edition = Wenn eine neue Auflage erscheint, funktioniert Ihr Link wieder, mit neuen Downloads.

## Hinweise: was auf der Seite des Shops nicht ging

failed-cannot-buy-title = Der Kauf ist gerade leider nicht möglich
failed-cannot-buy = In diesem Shop muss erst etwas repariert werden. Es wurde nichts abgebucht.
failed-cannot-buy-next = Vorher hilft es nicht, es noch einmal zu versuchen. Wir wissen Bescheid; kommen Sie morgen wieder, oder schreiben Sie uns und nennen Sie die Referenz.
failed-mending-title = Wir müssen leider erst etwas reparieren
failed-mending = In diesem Shop ist etwas nicht in Ordnung. Es ist nichts verloren, und Ihre Zahlung ist sicher.
failed-mending-next = Wir wissen Bescheid. Laden Sie diese Seite morgen neu, oder schreiben Sie uns und nennen Sie die Referenz.
failed-before-title = Das hat leider nicht geklappt
failed-before = Bei uns ist etwas nicht in Ordnung. Es wurde nichts abgebucht.
failed-before-next = Bitte versuchen Sie es in einer Minute noch einmal. Wenn es dann immer noch nicht geht, schreiben Sie uns und nennen Sie die Referenz.
failed-after-title = Bitte versuchen Sie es in einer Minute noch einmal
failed-after = Bei uns ist leider etwas nicht in Ordnung. Es ist nichts verloren, und Ihre Zahlung ist sicher.
failed-after-next = Laden Sie diese Seite in einer Minute neu. Wenn es dann immer noch nicht geht, schreiben Sie uns und nennen Sie die Referenz.

## Hinweise: was noch nicht fertig ist

# Sagt nie, dass die Zahlung gescheitert ist: Sie ist es nicht.
payment-pending-title = Ihre Zahlung wird gerade bestätigt
payment-pending = Manche Banken brauchen dafür einen Augenblick, manche ein paar Tage. Sie können diese Seite schließen: Wir schicken Ihnen den Link per E-Mail, oder wir schreiben Ihnen, wenn die Bank nicht zahlt.
payment-pending-looks = Eine Minute lang sieht diese Seite von selbst nach und öffnet Ihr Buch, sobald es geht.

link-mailed-title = Der Link ist in Ihrem Postfach
link-mailed = Dieses Buch ist bezahlt, und der Link ging an die Adresse, die bei der Zahlung angegeben wurde. Zur Sicherheit führt diese Seite nur in der ersten Stunde nach der Zahlung zum Buch.
link-mailed-lost = Wenn Sie die E-Mail nicht finden, sehen Sie im Spam-Ordner nach, oder lassen Sie sich den Link noch einmal schicken.

links-by-mail-title = Schauen Sie in Ihr Postfach
links-by-mail = Wenn jemand mit dieser Adresse gekauft hat, schicken wir die Links dorthin.
links-by-mail-wait = Wenn in zehn Minuten nichts gekommen ist, sehen Sie im Spam-Ordner nach und fragen Sie dann noch einmal: Eine E-Mail kann verloren gehen, ohne dass diese Seite es anzeigen kann. Oder versuchen Sie es mit einer anderen Adresse, die Sie benutzt haben könnten.
links-by-mail-help = Hilft das nicht, schreiben Sie uns, und wir finden Ihren Kauf.

## Jede E-Mail

mail-question = Haben Sie eine Frage, oder lässt sich eine Datei nicht öffnen? Schreiben Sie an { $address }.
mail-question-unbought = Haben Sie eine Frage? Schreiben Sie an { $address }.
mail-open-page = Ihre Seite öffnen
mail-or-address = Oder öffnen Sie diese Adresse:

## Die E-Mail mit dem persönlichen Link, gleich nach der Zahlung

receipt-subject = { $more ->
    [0] Ihr Exemplar von „{ $book }“
    [one] Ihr Exemplar von „{ $book }“ und ein weiteres Buch
   *[other] Ihr Exemplar von „{ $book }“ und { WORD($more) } weitere Bücher
}
receipt-preheader = { $books ->
    [one] Der Link zu Ihrer eigenen Seite, auf der das Buch auf Sie wartet.
   *[other] Der Link zu Ihrer eigenen Seite, auf der die Bücher auf Sie warten.
}
receipt-thanks = { $books ->
    [one] Danke, dass Sie das Buch gekauft haben. Es wartet auf einer eigenen Seite auf Sie.
   *[other] Danke, dass Sie die Bücher gekauft haben. Auf einer eigenen Seite warten sie auf Sie.
}
receipt-same-page = Auf derselben Seite:
# $files ist eine Liste: PDF, EPUB oder MOBI.
receipt-files = Dort können Sie es als { $files } herunterladen.
receipt-downloads = { $downloads ->
    [0] Zu Ihrem Kauf gehören keine Downloads.
    [one] Zu Ihrem Kauf gehört ein Download.
   *[other] Zu Ihrem Kauf gehören { WORD($downloads) } Downloads.
}
receipt-downloads-books = { $downloads ->
    [0] Zu den Büchern gehören keine Downloads.
    [one] Zu jedem Buch gehört ein Download.
   *[other] Zu jedem Buch gehören { WORD($downloads) } Downloads.
}
receipt-costs-nothing = Die Seite zu öffnen zählt nicht; erst ein Klick auf einen Button verbraucht einen Download.
receipt-editions-mailed = { $downloads ->
    [0] Wenn eine neue Auflage erscheint, schreiben wir Ihnen. Sie finden sie auf derselben Seite, mit neuen Downloads.
    [one] Wenn eine neue Auflage erscheint, schreiben wir Ihnen. Sie finden sie auf derselben Seite, mit einem neuen Download.
   *[other] Wenn eine neue Auflage erscheint, schreiben wir Ihnen. Sie finden sie auf derselben Seite, mit { WORD($downloads) } neuen Downloads.
}
receipt-editions-turned-off = { $downloads ->
    [0] Neue Auflagen erscheinen auf derselben Seite, mit neuen Downloads. Unsere E-Mails dazu haben Sie abbestellt.
    [one] Neue Auflagen erscheinen auf derselben Seite, mit einem neuen Download. Unsere E-Mails dazu haben Sie abbestellt.
   *[other] Neue Auflagen erscheinen auf derselben Seite, mit { WORD($downloads) } neuen Downloads. Unsere E-Mails dazu haben Sie abbestellt.
}
# Fett; die nächste Nachricht folgt in derselben Zeile.
receipt-key = { $books ->
    [one] Der Link ist Ihr Schlüssel zum Buch:
   *[other] Der Link ist Ihr Schlüssel zu den Büchern:
}
receipt-keep = Bewahren Sie diese E-Mail auf, und behalten Sie den Link für sich.

## Die E-Mail zu einer neuen Auflage

new-edition-subject = { $book }: { $version } ist da
new-edition-label = Neue Auflage
new-edition-preheader = { $downloads ->
    [one] Die neue Auflage ist auf Ihrer Seite, mit einem neuen Download.
   *[other] Die neue Auflage ist auf Ihrer Seite, mit { WORD($downloads) } neuen Downloads.
}
new-edition-text = { $downloads ->
    [one] Es gibt eine neue Auflage Ihres Buches, und sie gehört Ihnen. Sie finden sie auf der Seite, die Sie kennen, mit einem neuen Download.
   *[other] Es gibt eine neue Auflage Ihres Buches, und sie gehört Ihnen. Sie finden sie auf der Seite, die Sie kennen, mit { WORD($downloads) } neuen Downloads.
}
# Das Buch steht schon in Anführungszeichen.
new-edition-elsewhere = { $downloads ->
    [one] Sie haben { $book } { $year } bei { $platform } gekauft. Die neue Auflage ist da, und sie gehört Ihnen: auf einer eigenen Seite, mit einem Download.
   *[other] Sie haben { $book } { $year } bei { $platform } gekauft. Die neue Auflage ist da, und sie gehört Ihnen: auf einer eigenen Seite, mit { WORD($downloads) } Downloads.
}
new-edition-elsewhere-preheader = Sie haben das Buch { $year } bei { $platform } gekauft; die neue Auflage gehört Ihnen.
new-edition-elsewhere-why = Sie bekommen diese E-Mail, weil Sie das Buch bei { $platform } gekauft haben.
new-edition-button = Neue Auflage holen
new-edition-notes = Was neu ist
new-edition-key = Der Link ist Ihr Schlüssel zum Buch:
new-edition-keep = Behalten Sie ihn für sich.
new-edition-why = Sie bekommen diese E-Mail, weil Sie das Buch gekauft haben.
# $link ist die nächste Nachricht, als Link.
new-edition-unsubscribe = { $link }; Ihr Exemplar behalten Sie.
new-edition-unsubscribe-link = Keine E-Mails mehr zu neuen Auflagen
# Im reinen Text, über der Adresse.
new-edition-unsubscribe-text = Wenn Sie keine E-Mails zu neuen Auflagen mehr möchten, bestellen Sie sie hier ab; Ihr Exemplar behalten Sie:

## Die E-Mail an jemanden, der seine Links verloren hat

lost-links-title = { $books ->
    [one] Ihr Link
   *[other] Die Links zu Ihren Büchern
}
lost-links-subject = Ihr Link zu „{ $book }“
lost-links-asked = { $books ->
    [one] Sie haben um den Link zu dem Buch gebeten, das Sie gekauft haben. Hier ist er noch einmal.
   *[other] Sie haben um die Links zu den Büchern gebeten, die Sie gekauft haben. Hier sind sie noch einmal.
}
lost-links-newest = Das sind Ihre { WORD($count) } neuesten Links. Fehlt Ihnen ein älterer, schreiben Sie uns.
# Fett; die nächste Nachricht folgt in derselben Zeile.
lost-links-key = Wer einen Link hat, hat das Buch:
lost-links-keep = Behalten Sie diese E-Mail für sich.
lost-links-not-you = Sie haben nicht darum gebeten? Dann hat jemand anderes Ihre Adresse eingegeben. Dabei wurde nichts angezeigt, und Sie müssen nichts tun.

## Die E-Mail zu einer Lastschrift, die nicht eingelöst wurde

payment-failed-subject = Ihre Zahlung für „{ $book }“ hat nicht geklappt
payment-failed-preheader = Es wurde nichts abgebucht, und Sie können das Buch noch einmal kaufen.
payment-failed-label = Ihre Zahlung
payment-failed-text = Ihre Bank hat die Zahlung für dieses Buch nicht ausgeführt. Es wurde also nichts abgebucht, und Sie haben noch kein Exemplar.
payment-failed-again = Wenn Sie es weiterhin möchten, können Sie es auf der Buchseite noch einmal kaufen; es geht mit jeder Karte.
payment-failed-button = Zur Buchseite
payment-failed-paid-since = Wenn Sie inzwischen auf anderem Weg bezahlt haben, müssen Sie nichts tun.

## Die persönliche Seite, gleich nach der Zahlung und später

private-page-thanks = { $books ->
    [one] Vielen Dank! Das Buch gehört Ihnen.
   *[other] Vielen Dank! Die Bücher gehören Ihnen.
}
paid-line = { $sum } bezahlt am { $date }
stripe-receipt = Beleg von Stripe
# Statt des Betrags, bei einem Kauf auf einer anderen Plattform, der übernommen wurde.
bought-elsewhere-line = Gekauft bei { $platform } am { $date }
# $address ist verdeckt: r•••@e•••.com
page-mailed-to = Diesen Link haben wir an { $address } geschickt.
page-author-thanks = Ein Wort zum Dank
wrong-address = Falsche Adresse?
wrong-address-text = Geben Sie die richtige ein, und wir schicken den Link dorthin. Das geht einmal, bis eine Stunde nach der Zahlung und vor dem ersten Download. Der zuerst angegebenen Adresse teilen wir mit, dass der Link an eine andere ging.
wrong-address-label = Richtige E-Mail-Adresse
wrong-address-button = Link dorthin schicken
help-title = Wo ist meine Datei?
help-phone = Auf dem Smartphone oder Tablet liegt sie bei Ihren Downloads: auf iPhone und iPad in der App „Dateien“, auf Android in „Dateien“ oder „Downloads“.
help-kindle = Auf einem Kindle: Übergeben Sie das EPUB an „Send to Kindle“ von Amazon, dann erscheint es in Ihrer Bibliothek.
help-in-app = Im Fenster einer Mail- oder Chat-App passiert nichts? Wählen Sie in deren Menü „Im Browser öffnen“ und klicken Sie dort auf den Button.
# Auf Papier, vor der Adresse.
print-address = Die Adresse dieser Seite:

## Der Hinweis, dass eine Adresse nicht mehr berichtigt werden kann

address-stays-title = Die Adresse bleibt, wie sie ist
address-stays-text = Sie lässt sich hier einmal berichtigen, bis eine Stunde nach der Zahlung und solange nichts heruntergeladen wurde. Ihr Link und Ihr Buch sind sicher.
address-stays-help = Schreiben Sie uns und nennen Sie die Referenz, dann ändern wir sie für Sie.
bad-field-address = Das Feld „address“ muss die E-Mail-Adresse enthalten, an die der Link gehen soll, zum Beispiel jane@example.com.

## Rechnungen und Gutschriften

# Links, auf der persönlichen Seite und in E-Mails.
invoice = Rechnung von Stripe
invoice-pdf = Rechnung als PDF
credit-note-pdf = Gutschrift als PDF
documents-until = Stripe hält dieses Dokument bis zum { $date } online bereit. Speichern Sie das PDF, wenn Sie es länger brauchen.
invoice-ended = Stripe hält Ihre Rechnung nicht mehr online bereit. Schreiben Sie uns, wenn Sie sie noch einmal brauchen.
bad-field-company = Im Feld „company“ steht „yes“, wenn Sie für ein Unternehmen kaufen; sonst fehlt es.
no-invoices-title = Dieser Shop stellt keine Rechnungen aus
no-invoices-without = Es wurde nichts abgebucht. Wenn Sie keine Rechnung brauchen, gehen Sie zurück, lassen Sie das Kästchen für Unternehmen leer und kaufen Sie.
no-invoices-write = Wenn Ihr Unternehmen eine braucht, schreiben Sie uns, bevor Sie kaufen.

## Was die Kaufbestätigung über die Zahlung sagt

receipt-tax = Darin enthaltene Steuer: { $tax }
# $country ist ein Kürzel aus zwei Buchstaben, DE.
receipt-tax-country = Darin enthaltene Steuer: { $tax } ({ $country })
receipt-seller = Verkauft von { $seller }
# Unter der Summe, wo Link anstelle des Autors verkauft hat. „LINK.COM*“ steht so auf Kontoauszügen.
sold-through-link = Verkauft über Link, einen Dienst von Stripe. Auf Ihrem Kontoauszug steht LINK.COM*, und den Beleg über die Zahlung schickt Link.
receipt-bought-before = Sie haben dieses Buch auch schon am { $date } gekauft. War das ein Versehen, antworten Sie einfach auf diese Nachricht.
receipt-bought-before-elsewhere = Sie haben dieses Buch auch schon am { $date } bei { $platform } gekauft. War das ein Versehen, antworten Sie einfach auf diese Nachricht.

## Die E-Mail an eine Adresse, die der Käufer berichtigt hat

corrected-subject = Der Link zu „{ $book }“ ging an eine andere Adresse
corrected-preheader = Sie müssen nichts tun, es sei denn, Sie selbst haben bezahlt.
corrected-label = Eine berichtigte Adresse
corrected-text = Jemand hat dieses Buch gekauft, diese Adresse angegeben und sie dann berichtigt. Der Link ging an die berichtigte Adresse, und auch alle weiteren E-Mails zu diesem Buch gehen dorthin.
corrected-not-you = Sie haben es nicht gekauft? Dann hat sich jemand vertippt, und Sie müssen nichts tun.
corrected-yours = Sie haben es bezahlt und nichts berichtigt? Antworten Sie auf diese E-Mail und nennen Sie die Referenz.

## Die E-Mail über eine Erstattung

refund-subject = Ihre Erstattung für „{ $book }“
refund-label = Ihre Erstattung
refund-preheader = { $sum } sind auf dem Weg zu Ihnen.
refund-all = { $sum } sind auf dem Weg zurück auf die Karte oder das Konto, von dem gezahlt wurde; der Link ist gesperrt.
refund-part = { $sum } Ihrer Zahlung sind auf dem Weg zurück auf die Karte oder das Konto, von dem gezahlt wurde; Ihr Link funktioniert weiterhin.
refund-banks = Bis eine Bank eine Erstattung anzeigt, können bis zu zehn Werktage vergehen.
refund-question = Sie haben das nicht erwartet? Antworten Sie auf diese E-Mail und nennen Sie die Referenz.

## Vor dem ersten Download, wenn der Shop das Widerrufsrecht der Europäischen Union beachtet

agreement-1 = Ich möchte jetzt herunterladen und stimme im Voraus ausdrücklich zu, dass mit der Vertragserfüllung während der Widerrufsfrist begonnen wird. Ich bestätige meine Kenntnis davon, dass ich dadurch mein Widerrufsrecht verliere, sobald der Download beginnt.
agreement-title = Vor dem ersten Download
agreement-why = Sie können diesen Vertrag 14 Tage lang ohne Angabe von Gründen widerrufen. Dieses Recht endet mit dem ersten Download; darum fragen wir Sie vorher, ein einziges Mal. Ihre Antwort bestätigen wir per E-Mail.
agreement-button = Weiter zu den Downloads
agreement-needed-title = Eine Frage vor dem ersten Download
agreement-needed-text = Es wurde kein Download verbraucht. Vorher stellen wir Ihnen eine Frage, ein einziges Mal: Bitte setzen Sie auf Ihrer persönlichen Seite das Häkchen.
# Die E-Mail, die es bestätigt
agreement-subject = Ihre Zustimmung zu „{ $book }“
agreement-label = Bestätigung
agreement-preheader = Der Text, dem Sie zugestimmt haben, und wann.
agreement-quoted = Vor dem ersten Download haben Sie diesem Text zugestimmt:
agreement-time = Zugestimmt am { $date } um { $time } Uhr (UTC).
agreement-keep = Bitte bewahren Sie diese E-Mail auf. Sie bestätigt Ihre Zustimmung und Ihre Kenntnisnahme, wie es Artikel 8 Absatz 7 der Richtlinie 2011/83/EU verlangt.
## Einen Kauf zurückgeben: die Links, die Seiten, und was daraus wurde

# Die Worte der Richtlinie 2011/83/EU, Artikel 11a, und von § 356a BGB. Sie bleiben, wie sie sind.
withdraw-link = Vertrag widerrufen
withdraw-button = Widerruf bestätigen
withdraw-title = Vertrag widerrufen
withdraw-label = Widerruf
withdraw-text = Innerhalb von 14 Tagen nach dem Kauf, und solange kein Download begonnen wurde, können Sie den Vertrag ohne Angabe von Gründen widerrufen. Ihr Geld geht dann auf die Karte oder das Konto zurück, von dem gezahlt wurde, und Ihr Link wird gesperrt. An die Adresse, mit der gekauft wurde, schicken wir eine Eingangsbestätigung mit Datum und Uhrzeit.
withdraw-buyer-label = Ihr persönlicher Link oder die E-Mail-Adresse, mit der Sie gekauft haben
withdraw-purchase-label = Was Sie gekauft haben: Buch, Kaufdatum oder Referenz
withdraw-name-label = Ihr Name
withdraw-by-address = Am besten ist der persönliche Link. Die Adresse allein zeigt uns nicht, dass Sie es sind; in der E-Mail, die wir dorthin schicken, bitten wir Sie deshalb noch um einen Klick auf einen Button.
withdraw-unread = In Ihrer Eingabe finden wir weder einen persönlichen Link noch eine E-Mail-Adresse. Eine Adresse sieht so aus: jane@example.com. Wenn Sie nur die Referenz kennen, schreiben Sie uns und nennen Sie sie.
withdraw-for-programs = Senden Sie die Felder „buyer“ (einen persönlichen Link oder die E-Mail-Adresse, mit der gekauft wurde), „purchase“ und „name“ per POST hierher.
withdraw-own-text = Damit widerrufen Sie den Vertrag über diesen Kauf. { $sum } gehen auf die Karte oder das Konto zurück, von dem gezahlt wurde, und Ihr Link wird gesperrt. Gründe müssen Sie nicht angeben.
withdraw-still = Sie können den Widerruf trotzdem erklären: Der Autor erfährt davon, entscheidet und schreibt Ihnen.
withdraw-by-terms = Nach den Bedingungen des Autors können Sie Ihr Geld weiterhin sofort zurückbekommen.
withdraw-downloaded = Es wurde ein Download begonnen; damit ist das Widerrufsrecht erloschen.
withdraw-downloaded-unconfirmed = Es wurde ein Download begonnen; der Autor prüft, ob das Widerrufsrecht damit erloschen ist.
withdraw-late = Seit dem Kauf sind mehr als 14 Tage vergangen; damit ist die Widerrufsfrist abgelaufen.
refund-link = Geld zurück
refund-page-label = Erstattung
refund-page-text = { $sum } gehen auf die Karte oder das Konto zurück, von dem gezahlt wurde, und Ihr Link wird gesperrt. Das lässt sich nicht rückgängig machen.
refund-reason-label = Warum? Die Angabe ist freiwillig; der Autor liest sie.
refund-button = Geld zurückfordern
refund-downloaded = Es wurden mehr Downloads begonnen, als eine Erstattung zulässt.
refund-late = Die Frist, in der Sie sich das Geld hier selbst erstatten lassen konnten, ist abgelaufen.
no-return-nothing-paid = Für diesen Kauf haben Sie hier nichts bezahlt. Wenn Sie das Buch anderswo gekauft haben, haben Sie dort bezahlt und bekommen Ihr Geld auch dort zurück.
no-return-sold-by-stripe = Verkauft wurde über Link, einen Dienst von Stripe, und Ihr Vertrag besteht mit Link: Widerrufen Sie ihn dort, auf link.com.
no-return-refunded = Ihr Geld ist bereits zurückgegangen.
no-return-disputed = Die Bank hat die Zahlung beanstandet und entscheidet, wer das Geld bekommt.
no-refund-title = Auf dieser Seite lässt sich der Kauf nicht erstatten
no-refund-help = Schreiben Sie uns und nennen Sie die Referenz, dann sehen wir es uns selbst an.
returned-title = Ihr Geld ist auf dem Weg zurück
withdrawal-received-title = Wir haben Ihren Widerruf erhalten
withdrawal-received = Wir haben Ihren Widerruf am { $date } um { $time } Uhr (UTC) erhalten.
withdrawal-acknowledged = Eine Eingangsbestätigung ist unterwegs an die E-Mail-Adresse, mit der gekauft wurde.
withdrawal-decides = Der Autor erfährt davon, entscheidet und schreibt Ihnen.
withdrawal-asked = Wenn jemand mit dieser Adresse gekauft hat, geht eine Eingangsbestätigung des Widerrufs dorthin, mit Datum und Uhrzeit.
withdrawal-asked-press = Damit kein Fremder einen Kauf rückgängig machen kann, enthält sie einen Link zu einer Seite mit einem weiteren Button. Ihr Geld geht zurück, wenn Sie darauf klicken.
returning-title = Ihr Geld wird zurückgeschickt
returning-text = Das Geld für diesen Kauf wird gerade zurückgeschickt; so lange ist der Link gesperrt. Meist dauert das einige Sekunden.
returning-again = Wenn sich in drei Minuten nichts geändert hat, versuchen Sie es noch einmal: Es wird nichts doppelt erstattet.
refund-unknown-title = Der Zahlungsdienst hat noch nicht geantwortet
refund-unknown = Wir wissen noch nicht, ob der Zahlungsdienst Ihr Geld zurückschickt. Es ist nichts verloren: Ihre Anfrage ist gespeichert, und Ihr Link ist so lange gesperrt.
refund-unknown-next = Öffnen Sie Ihren Link in drei Minuten wieder und klicken Sie noch einmal auf den Button. Das schließt die Erstattung ab, und es wird nichts doppelt erstattet.
refund-refused-title = Die Erstattung hat nicht funktioniert
refund-refused = Der Zahlungsdienst konnte das Geld nicht zurückschicken; deshalb funktioniert Ihr Link weiterhin.
refund-refused-next = Der Autor erfährt davon und kann es auf anderem Weg schicken. Wenn Sie nichts hören, schreiben Sie uns und nennen Sie die Referenz.
bad-field-buyer = Das Feld „buyer“ muss Ihren persönlichen Link oder die E-Mail-Adresse enthalten, mit der Sie gekauft haben, zum Beispiel jane@example.com.

## Die Eingangsbestätigung eines Widerrufs

withdrawal-subject = Wir haben Ihren Widerruf erhalten: „{ $book }“
withdrawal-title = Eingangsbestätigung eines Widerrufs
withdrawal-mail-received = Am { $date } um { $time } Uhr (UTC) haben wir den Widerruf eines Vertrags erhalten. Er betrifft:
withdrawal-by-link = Erklärt mit dem persönlichen Link.
withdrawal-by-address = Erklärt mit der E-Mail-Adresse { $address }.
withdrawal-name = Name: { $name }
withdrawal-described = Angaben zum Kauf: { $text }
withdrawal-stands = Das Widerrufsrecht besteht. { $sum } gehen auf die Karte oder das Konto zurück, von dem gezahlt wurde, und der Link wird gesperrt.
withdrawal-press = Das Widerrufsrecht besteht. { $sum } gehen zurück, wenn Sie auf dieser Seite auf den Button klicken:
withdrawal-not-you = Sie haben nicht darum gebeten? Dann hat jemand anderes Ihre Adresse eingegeben. Dabei wurde nichts angezeigt, und solange Sie auf nichts klicken, geschieht nichts.
