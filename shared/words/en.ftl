### The words that buyers read: pages, mails, and what stands next to Stripe's checkout.
### English. How they become Rust is told at the head of ../build.rs.
###
### Short, warm, plain; the buyer is “you” and the author's shop is “we”.

## Numbers, dates, sums, lists

# $number is 0 to 12, or larger.
number-word = { $number ->
    [0] zero
    [1] one
    [2] two
    [3] three
    [4] four
    [5] five
    [6] six
    [7] seven
    [8] eight
    [9] nine
    [10] ten
    [11] eleven
    [12] twelve
   *[other] { $number }
}
# $month is 1 to 12.
month = { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[other] December
}
# $day is 1 to 31.
date = { $day ->
   *[other] { $day } { $month } { $year }
}
decimal-point = .
# $currency is a code of three letters, USD.
sum = { $amount } { $currency }
# The last two of a list: PDF or EPUB. What is before stands with commas between.
list-or = { $first } or { $last }

## Files

format-hint-pdf = for computers, tablets and print
format-hint-epub = for phones and e-readers
format-hint-kindle = for older Kindles
format-hint-zip = all files in one archive
size-bytes = { $bytes ->
    [one] { $bytes } byte
   *[other] { $bytes } bytes
}
size-kilobytes = { $size } KB
size-megabytes = { $size } MB
size-gigabytes = { $size } GB

## On several pages and mails

# The label above the book's name.
your-copy = Your copy
your-books = Your books
# Read aloud in place of the image.
book-cover = Book cover
# $reference finds an event in the shop's log.
reference = Reference: { $reference }
# Stands before a link or a name.
introduced = { $label }:
# Before the other books of a payment.
of-same-purchase = Of the same purchase:

## The foot of every page

foot-question = Questions?
foot-book-page = Back to the book page

## The private page

private-page-title = Your copy of { $book }
private-page-mail-comes = Thank you for buying the book. A mail with the address of this page is on its way to you.
# $full is how many downloads there were; also the status of a button, once pressed.
downloads-left = { $left ->
    [0] No downloads left
   *[other] { $full ->
        [one] { $left } download left
       *[other] { $left } of { $full } downloads left
    }
}
# A button. $file is “PDF”, or what the author calls the file.
download-file = Download { $file }
used-up = { $full ->
    [one] You have taken your one download of this edition.
   *[other] You have taken your { WORD($full) } downloads of this edition.
}
used-up-help = Lost a file, or never got one? That happens: write to us from the address that you bought with, and we will help.
used-up-new-edition = When a new edition appears, you will find it on this page, with fresh downloads.
write-to-us = Write to us
new-in-this-edition = New in this edition
# The name of the last section, for screen readers.
how-this-page-works = How this page works
page-costs-nothing = { $full ->
    [one] Opening this page costs nothing; a press of a button takes your one download.
   *[other] Opening this page costs nothing; each press of a button takes one of your { WORD($full) } downloads.
}
page-costs-nothing-books = Opening this page costs nothing; each press of a button takes one of its book’s downloads.
page-reload = Reload the page to see how many are left.
page-again = Did a file not arrive, or not whole? Press its button again: for an hour, and as long as you do not reload this page, that takes no other.
page-keep-private = Keep this link private, and bookmark it: it is yours.
page-editions-mailed = New editions appear here, with fresh downloads, and we write to you when there is one.
page-editions-turned-off = New editions appear here, with fresh downloads. You turned off our mail about them, so look in now and then.
page-editions-not-possible = New editions appear here, with fresh downloads. We have no address of yours that takes our mail, so look in now and then.
page-with-others = You bought this book together with other books.
page-all-books = All books of the purchase

## The page for those who lost their link

lost-link-title = Lost your link?
lost-link-text = Type the mail address that you bought with, and we mail you the links to all your books.
lost-link-label = Mail address
lost-link-button = Mail me my links
# The subject of a mail that a reader of this page writes to the author.
lost-link-question = Lost link
lost-link-for-programs = POST the field “email” here, and the links go to that address.

## The page about mail on new editions

subscription-title = Mail about { $book }
subscription-label = Mail about new editions
subscription-on = When a new edition of this book appears, we send you one mail. You may stop that here. New editions stay yours either way, on your private page.
subscription-off = You get no mail about new editions of this book. They still appear on your private page, with fresh downloads.
subscription-stop = Send me no more of these
subscription-start = Write to me again
subscription-private-page = Go to your private page

## Buttons and links of notices

action-lost-link = Lost your link?
action-book-page = Go to the book page
action-payment = Go on to payment
action-look-again = Look again

## Notices: what a request gets in place of what it asked for

not-found-title = There is no book at this address
not-found-whole = If a link in a mail led you here, make sure that you have all of it: mail programs sometimes break a long link in two.
not-found-lost = If you have bought a book and lost its link, we mail it to you again. If that does not help, write to us and we will find your purchase.

no-such-product-title = We do not know that book
no-such-product-old-page = Nothing was charged. The page that brought you here may be an old one.
no-such-product-today = The book page shows what you can buy today.

not-for-sale-title = This edition is no longer for sale
not-for-sale-today = Nothing was charged. The book page shows the editions that you can buy today.
not-for-sale-bought = If you have bought this edition already, your private link keeps working.

bad-request-title = We could not read that form
bad-request-again = Go back and try once more. If it happens again, write to us and quote the sentence above.
bad-field-product-id = The field “product_id” should be the id of a product, as it stands on the book page.
bad-field-book = The field “book” should be what the page’s own button sends, such as “wip”.
bad-field-file = The field “file” should be one of the files on the page, such as “pdf”.
bad-field-token = The field “token” should be what the page’s own button sends.
bad-field-email = The field “email” should be the mail address that you bought with, such as jane@example.com.
unreadable-body = It should be an ordinary form, or a JSON object whose values are texts.
# $files is a list in quotation marks: “epub”, “pdf”.
no-such-file = The field “file” should be one of those that were bought, { $files }; “{ $asked }” is not. No download was taken.
quoted = “{ $text }”
bad-signature = The header “stripe-signature” should be Stripe’s own, made with this endpoint’s secret within the last five minutes.

too-large-title = That was too large
too-large-text = The request was larger than any form of this shop, so we did not read it. Nothing was charged.
too-large-back = Go back and use the buttons on the page.

method-title = That does not work here
method-text = This address does not answer that kind of request.
method-back = Go to the book page, or to the link in your mail, and use the buttons there.

not-paid-title = You have not paid yet
not-paid-text = The payment was not completed, so nothing was charged.
not-paid-go-on = You can go on where you stopped, with the same card or another one.
not-paid-start-again = To buy the book, start again on the book page; any card will do.

expired-title = This order has expired
expired-text = It was not paid in time, so nothing was charged.
expired-start-again = If you still want the book, start again on the book page; it takes a minute.

refunded-title = This purchase was refunded
refunded-text = Your money is on its way back to the card or account that paid, so this link is closed. Banks can take up to ten working days to show a refund.
refunded-question = If you did not ask for this, write to us. If you would like the book after all, it is still on the book page.
taken-back-title = This purchase was taken back
taken-back-text = The book was bought on { $platform }, and was refunded or taken back there, so this link is closed.
taken-back-question = If you think that this is a mistake, write to us.

disputed-title = This link is paused
disputed-text = The bank that made this payment has questioned it, so downloads are paused.
disputed-next = If the bank decides that the payment stands, this link opens again by itself with everything that was on it; if it takes the money back, the link stays closed. If you did not mean to dispute the payment, tell your bank, or write to us and we will help.

no-downloads-title = No downloads left
no-downloads-text = You have taken all the downloads of this edition.
no-downloads-new-edition = When a new edition appears, your link works again with fresh downloads.

## Notices: what failed on the shop's side

failed-cannot-buy-title = Sorry, this cannot be bought right now
failed-cannot-buy = Something in this shop has to be mended first. Nothing was charged.
failed-cannot-buy-next = Trying again will not help before that. We have been told; come back tomorrow, or write to us and quote the reference.
failed-mending-title = Sorry, we have to mend something first
failed-mending = Something in this shop is out of order. Nothing is lost, and your payment is safe.
failed-mending-next = We have been told. Reload this page tomorrow, or write to us and quote the reference.
failed-before-title = Sorry, that did not work
failed-before = Something on our side is out of order. Nothing was charged.
failed-before-next = Please try again in a minute. If it still does not work, write to us and quote the reference.
failed-after-title = Sorry, please try again in a minute
failed-after = Something on our side is out of order. Nothing is lost, and your payment is safe.
failed-after-next = Reload this page in a minute. If it still does not work, write to us and quote the reference.

## Notices: what is not done yet

# Never says that the payment failed: it has not.
payment-pending-title = Your payment is being confirmed
payment-pending = Some banks take a moment for this, some a few days. You may close this page: we will mail you the link, or tell you by mail if the bank does not pay.
payment-pending-looks = For a minute this page looks again by itself, and opens your book as soon as it can.

link-mailed-title = The link is in your mail
link-mailed = This book is paid for, and its link went to the address that was typed at the payment. For safety this page leads to the book only in the first hour after the payment.
link-mailed-lost = If you cannot find the mail, look into the spam folder, or let us mail you the link again.

links-by-mail-title = Look into your mail
links-by-mail = If somebody bought with this address, we send its links there.
links-by-mail-wait = If nothing has come in ten minutes, look into the spam folder, and then ask once more: a mail can fail, and this page cannot say so. Or try another address that you may have used.
links-by-mail-help = If that does not help, write to us and we will find your purchase.

## Every mail

mail-question = A question, or a file that will not open? Write to { $address }.
mail-question-unbought = A question? Write to { $address }.
mail-open-page = Open your page
mail-or-address = Or open this address:

## The mail with the private link, right after the payment

receipt-subject = { $more ->
    [0] Your copy of { $book }
    [one] Your copy of { $book } and one more book
   *[other] Your copy of { $book } and { WORD($more) } more books
}
receipt-preheader = { $books ->
    [one] The link to your own page, where the book waits for you.
   *[other] The link to your own page, where the books wait for you.
}
receipt-thanks = { $books ->
    [one] Thank you for buying the book. It waits for you on a page of your own.
   *[other] Thank you for buying the books. They wait for you on a page of your own.
}
receipt-same-page = On the same page:
# $files is a list: PDF, EPUB or MOBI.
receipt-files = You can download it there as { $files }.
receipt-downloads = { $downloads ->
    [0] Your purchase comes with no downloads.
    [one] Your purchase comes with one download.
   *[other] Your purchase comes with { WORD($downloads) } downloads.
}
receipt-downloads-books = { $downloads ->
    [0] Each book comes with no downloads.
    [one] Each book comes with one download.
   *[other] Each book comes with { WORD($downloads) } downloads.
}
receipt-costs-nothing = Opening the page costs nothing; each press of a button takes one.
receipt-editions-mailed = { $downloads ->
    [0] When a new edition appears, we will write to you. It will be on the same page, with fresh downloads.
    [one] When a new edition appears, we will write to you. It will be on the same page, with one fresh download.
   *[other] When a new edition appears, we will write to you. It will be on the same page, with { WORD($downloads) } fresh downloads.
}
receipt-editions-turned-off = { $downloads ->
    [0] New editions appear on the same page, with fresh downloads. You turned off our mail about them.
    [one] New editions appear on the same page, with one fresh download. You turned off our mail about them.
   *[other] New editions appear on the same page, with { WORD($downloads) } fresh downloads. You turned off our mail about them.
}
# Bold, and the message after it follows in the same line.
receipt-key = { $books ->
    [one] The link is your key to the book:
   *[other] The link is your key to the books:
}
receipt-keep = keep this mail, and keep the link to yourself.

## The mail about a new edition

new-edition-subject = { $book }: { $version } is here
new-edition-label = New edition
new-edition-preheader = { $downloads ->
    [one] Your page has the new edition, with one fresh download.
   *[other] Your page has the new edition, with { WORD($downloads) } fresh downloads.
}
new-edition-text = { $downloads ->
    [one] There is a new edition of your book, and it is yours. You will find it on the page that you know, with one fresh download.
   *[other] There is a new edition of your book, and it is yours. You will find it on the page that you know, with { WORD($downloads) } fresh downloads.
}
# The book is in quotation marks already.
new-edition-elsewhere = { $downloads ->
    [one] You bought { $book } on { $platform } in { $year }. The new edition is here, and it is yours: on a page of your own, with one download.
   *[other] You bought { $book } on { $platform } in { $year }. The new edition is here, and it is yours: on a page of your own, with { WORD($downloads) } downloads.
}
new-edition-elsewhere-preheader = You bought the book on { $platform } in { $year }; the new edition is yours.
new-edition-elsewhere-why = You get this mail because you bought the book on { $platform }.
new-edition-button = Get the new edition
new-edition-notes = What is new
new-edition-key = The link is your key to the book:
new-edition-keep = keep it to yourself.
new-edition-why = You get this mail because you bought the book.
# $link is the message after it, as a link.
new-edition-unsubscribe = { $link }; your copy stays yours.
new-edition-unsubscribe-link = No more mails about new editions
# In plain text, above the address.
new-edition-unsubscribe-text = If you would rather not hear of new editions, say so here; your copy stays yours:

## The mail to somebody who lost their links

lost-links-title = { $books ->
    [one] Your link
   *[other] The links to your books
}
lost-links-subject = Your link to { $book }
lost-links-asked = { $books ->
    [one] You asked for the link to the book that you bought. Here it is again.
   *[other] You asked for the links to the books that you bought. Here they are again.
}
lost-links-newest = These are your newest { WORD($count) } links. If you miss an older one, write to us.
# Bold, and the message after it follows in the same line.
lost-links-key = Whoever has a link has the book:
lost-links-keep = keep this mail to yourself.
lost-links-not-you = You did not ask for this? Then somebody else typed your address. They were shown nothing, and you need not do anything.

## The mail about a bank debit that did not come

payment-failed-subject = Your payment for { $book } did not go through
payment-failed-preheader = Nothing was charged, and you can buy the book again.
payment-failed-label = Your payment
payment-failed-text = Your bank did not make the payment for this book, so nothing was charged, and there is no copy for you yet.
payment-failed-again = If you would still like it, you can buy it again on the book page; any card will do.
payment-failed-button = Go to the book page
payment-failed-paid-since = If you have paid in another way since, you need not do anything.

## The private page, right after the payment and later

private-page-thanks = { $books ->
    [one] Thank you! The book is yours.
   *[other] Thank you! The books are yours.
}
paid-line = Paid { $sum } on { $date }
# A link, on the private page and in the receipt, to the receipt that Stripe itself makes.
stripe-receipt = Receipt from Stripe
# In place of the sum, for a purchase that was made on another platform and imported.
bought-elsewhere-line = Bought on { $platform } on { $date }
# $address is masked: r•••@e•••.com
page-mailed-to = We mailed this link to { $address }.
page-author-thanks = From the author
wrong-address = Wrong address?
wrong-address-text = Type the right one, and we mail the link there. You can do this once, for an hour after paying, and before your first download. We tell the address that was typed first that the link went elsewhere.
wrong-address-label = Right mail address
wrong-address-button = Mail it there
help-title = Where is my file?
help-phone = On a phone or a tablet it is in your downloads: in the app Files on an iPhone or iPad, in Files or Downloads on Android.
help-kindle = On a Kindle: hand the EPUB to Amazon’s Send to Kindle, and it appears in your library.
help-in-app = Nothing happens in the window of a mail or chat app? Choose “Open in browser” in its menu, and press the button there.
# On paper, before the address.
print-address = The address of this page:

## The notice that an address cannot be corrected any more

address-stays-title = The address stays as it is
address-stays-text = It can be corrected here once, for an hour after paying, and as long as nothing was downloaded. Your link and your book are safe.
address-stays-help = Write to us and quote the reference, and we change it for you.
bad-field-address = The field “address” should be the mail address that the link shall go to, such as jane@example.com.

## Invoices and credit notes

# Links, on the private page and in mails.
invoice = Invoice from Stripe
invoice-pdf = Invoice as a PDF
credit-note-pdf = Credit note as a PDF
documents-until = Stripe keeps this document online until { $date }. Save the PDF if you need it for longer.
invoice-ended = Stripe does not keep your invoice online any more. Write to us if you need it again.
bad-field-company = The field “company” should be “yes” if you buy for a company, and is left out if you do not.
no-invoices-title = This shop makes no invoices
no-invoices-without = Nothing was charged. If you do not need an invoice, go back, leave the box for companies unticked, and buy.
no-invoices-write = If your company needs one, write to us before you buy.

## What the receipt says of the payment

receipt-tax = Tax in it: { $tax }
# $country is a code of two letters, DE.
receipt-tax-country = Tax in it: { $tax } ({ $country })
receipt-seller = Sold by { $seller }
# Under the sum, where Link sold in place of the author. "LINK.COM*" stands so on statements.
sold-through-link = Sold through Link, a service of Stripe. Your bank statement says LINK.COM*, and Link mails the receipt for the payment.
receipt-bought-before = You bought this book on { $date }, too. If that was a mistake, answer this mail.
receipt-bought-before-elsewhere = You bought this book on { $platform } on { $date }, too. If that was a mistake, answer this mail.

## The mail to an address that the buyer corrected

corrected-subject = The link to { $book } went to another address
corrected-preheader = You need not do anything, unless it was you who paid.
corrected-label = A corrected address
corrected-text = Somebody bought this book, gave this address, and corrected it. The link went to the corrected address, and so will all other mail about the book.
corrected-not-you = You did not buy it? Then somebody mistyped their address, and you need not do anything.
corrected-yours = You paid for it, and corrected nothing? Answer this mail, and quote the reference.

## The mail about a refund

refund-subject = Your refund for { $book }
refund-label = Your refund
refund-preheader = { $sum } are on their way back to you.
refund-all = { $sum } are on their way back to the card or account that paid; the link is closed.
refund-part = { $sum } of what you paid are on their way back to the card or account that paid; the link stays open.
refund-banks = Banks can take up to ten working days to show a refund.
refund-question = You did not expect this? Answer this mail, and quote the reference.

## Before the first download, where the shop keeps the right of withdrawal of the European Union

# A box that is not ticked, and the mail quotes it. What others have read, and no legal advice. The
# terms are those of Directive 2011/83/EU, Article 16 (m). A text that changes is a new message with
# the next number; this one stays (shared/src/words/agreement.rs).
agreement-1 = I want to download now, and I give my prior express consent to the performance of the contract beginning during the withdrawal period. I acknowledge that I thereby lose my right of withdrawal as soon as the download begins.
agreement-title = Before the first download
agreement-why = You have 14 days to withdraw from this contract, without giving any reason. That right ends with the first download, so we ask you once. We confirm your answer by mail.
agreement-button = Go on to the downloads
agreement-needed-title = One question before the first download
agreement-needed-text = No download was taken. We ask you something first, once: please tick the box on your private page.
# The mail that confirms it
agreement-subject = What you agreed to for { $book }
agreement-label = Confirmation
agreement-preheader = The text that you agreed to, and when.
agreement-quoted = Before the first download you agreed to this text:
# $time is 16:45:07.
agreement-time = You agreed on { $date } at { $time } (UTC).
agreement-keep = Please keep this mail. It confirms your consent and your acknowledgement, as Article 8(7) of Directive 2011/83/EU asks.
## Giving a purchase back: the links, the pages, and what became of it

# The words of Directive 2011/83/EU, article 11a, in each language. They are not to be changed.
withdraw-link = Withdraw from contract here
withdraw-button = Confirm withdrawal
withdraw-title = Withdraw from the contract
# The label above the book's name.
withdraw-label = Withdrawal
withdraw-text = Within 14 days of buying, and as long as no download was started, you can withdraw from the contract without giving a reason. Your money then goes back to the card or account that paid, and your link closes. We mail an acknowledgement with date and time to the address that bought.
withdraw-buyer-label = Your private link, or the mail address that you bought with
withdraw-purchase-label = What you bought: the book, the date, or the reference
withdraw-name-label = Your name
withdraw-by-address = Best is the private link. With the address alone we cannot see that it is you, so the mail that we send there asks for one more press.
withdraw-unread = We find neither a private link nor a mail address in what you typed. An address looks like jane@example.com. If you know only the reference, write to us and name it.
withdraw-for-programs = POST the fields “buyer”, a private link or the mail address that was bought with, “purchase” and “name” here.
withdraw-own-text = With this you withdraw from the contract about this purchase. { $sum } go back to the card or account that paid, and your link closes. You need not give a reason.
withdraw-still = You can declare the withdrawal all the same: the author is told, decides, and writes to you.
withdraw-by-terms = By the author’s own terms you can still have your money back at once.
withdraw-downloaded = A download was started, and the right of withdrawal ended with it.
withdraw-downloaded-unconfirmed = A download was started; the author checks whether the right of withdrawal ended with it.
withdraw-late = More than 14 days have passed since the purchase, so the withdrawal period is over.
refund-link = Have your money back
# The label above the book's name.
refund-page-label = Refund
refund-page-text = { $sum } go back to the card or account that paid, and your link closes. This cannot be taken back.
refund-reason-label = Why? You need not answer; the author reads it.
refund-button = Send my money back
refund-downloaded = More downloads were started than a refund allows.
refund-late = The time in which you could have your money back from this page is over.
no-return-nothing-paid = You paid nothing here for this purchase. If you bought the book elsewhere, you paid there, and get your money back there.
no-return-sold-by-stripe = This was sold through Link, a service of Stripe, and your contract is with Link: withdraw there, at link.com.
no-return-refunded = Your money has gone back already.
no-return-disputed = The bank has questioned the payment, and decides who gets the money.
no-refund-title = This purchase cannot be refunded on this page
no-refund-help = Write to us and quote the reference, and we look at it ourselves.
returned-title = Your money is on its way back
withdrawal-received-title = We received your withdrawal
# $time is 17:04:05, in UTC.
withdrawal-received = We received your withdrawal on { $date } at { $time } (UTC).
withdrawal-acknowledged = An acknowledgement is on its way to the mail address that bought.
withdrawal-decides = The author is told, decides, and writes to you.
withdrawal-asked = If somebody bought with this address, an acknowledgement of the withdrawal goes there, with its date and time.
withdrawal-asked-press = So that no stranger can undo a purchase, the acknowledgement has a link to a page with one more button. Your money goes back when you press that.
returning-title = Your money is being sent back
returning-text = The money for this purchase is being sent back, so the link is closed meanwhile. Usually that takes a few seconds.
returning-again = If nothing has changed in three minutes, ask once more: nothing is refunded twice.
refund-unknown-title = The payment service has not answered yet
refund-unknown = We do not know yet whether the payment service is sending your money. Nothing is lost: what you asked for is kept, and your link is closed meanwhile.
refund-unknown-next = Open your link again in three minutes and press the button once more. That finishes the refund, and nothing is refunded twice.
refund-refused-title = The refund did not work
refund-refused = The payment service could not send the money back, so your link is still open.
refund-refused-next = The author is told, and can send it in another way. If you hear nothing, write to us and quote the reference.
bad-field-buyer = The field “buyer” should be your private link, or the mail address that you bought with, such as jane@example.com.

## The acknowledgement of a withdrawal

withdrawal-subject = We received your withdrawal: { $book }
withdrawal-title = Acknowledgement of a withdrawal
# $time is 17:04:05, in UTC.
withdrawal-mail-received = On { $date } at { $time } (UTC) we received a withdrawal from the contract about:
withdrawal-by-link = Declared with the private link.
withdrawal-by-address = Declared with the mail address { $address }.
withdrawal-name = Name: { $name }
withdrawal-described = Purchase, as it was described: { $text }
withdrawal-stands = The right of withdrawal stands. { $sum } go back to the card or account that paid, and the link closes.
withdrawal-press = The right of withdrawal stands. { $sum } go back when you press the button on this page:
withdrawal-not-you = You did not ask for this? Then somebody else typed your address. They were shown nothing, and as long as you press nothing, nothing happens.
