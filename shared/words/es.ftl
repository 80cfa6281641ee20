### Las palabras que leen los compradores: las páginas, los correos y lo que rodea el pago en Stripe.
### Español. Cómo se convierten en Rust se cuenta al principio de ../build.rs.
###
### Breve, cordial, sencillo; el comprador es «usted», la tienda del autor «nosotros».
### Edición: edition. Página personal: private page. Página del libro: book page.

## Números, fechas, importes, listas

# $number va de 0 a 12, o más.
number-word = { $number ->
    [0] cero
    [1] uno
    [2] dos
    [3] tres
    [4] cuatro
    [5] cinco
    [6] seis
    [7] siete
    [8] ocho
    [9] nueve
    [10] diez
    [11] once
    [12] doce
   *[other] { $number }
}
# $month va de 1 a 12.
month = { $month ->
    [1] enero
    [2] febrero
    [3] marzo
    [4] abril
    [5] mayo
    [6] junio
    [7] julio
    [8] agosto
    [9] septiembre
    [10] octubre
    [11] noviembre
   *[other] diciembre
}
# $day va de 1 a 31.
date = { $day ->
   *[other] { $day } de { $month } de { $year }
}
decimal-point = ,
# $currency es un código de tres letras, USD.
sum = { $amount }{ "\u00A0" }{ $currency }
# Los dos últimos de una lista: PDF o EPUB. Los de antes van entre comas.
list-or = { $first } o { $last }

## Archivos

format-hint-pdf = para ordenador, tableta e impresión
format-hint-epub = para teléfono y lector electrónico
format-hint-kindle = para los Kindle antiguos
format-hint-zip = todos los archivos en un archivo comprimido
size-bytes = { $bytes ->
    [one] { $bytes }{ "\u00A0" }byte
   *[other] { $bytes }{ "\u00A0" }bytes
}
size-kilobytes = { $size }{ "\u00A0" }KB
size-megabytes = { $size }{ "\u00A0" }MB
size-gigabytes = { $size }{ "\u00A0" }GB

## En varias páginas y correos

# Encima del nombre del libro.
your-copy = Su ejemplar
your-books = Sus libros
book-cover = Cubierta del libro
# $reference encuentra un suceso en el registro de la tienda.
reference = Referencia: { $reference }
# Va delante de un enlace o de un nombre.
introduced = { $label }:
# Antes de los demás libros de un pago.
of-same-purchase = De la misma compra:

## Al pie de cada página

foot-question = ¿Alguna pregunta?
foot-book-page = Volver a la página del libro

## La página personal

private-page-title = Su ejemplar de «{ $book }»
private-page-mail-comes = Gracias por comprar el libro. Un correo con la dirección de esta página ya va camino de su buzón.
# $full es cuántas descargas había.
downloads-left = { $left ->
    [0] No quedan descargas
   *[other] { $full ->
        [one] Queda { $left } descarga
       *[other] { $left ->
            [one] Queda { $left } de { $full } descargas
           *[other] Quedan { $left } de { $full } descargas
        }
    }
}
# Un botón. $file es «PDF», o como el autor llame al archivo.
download-file = Descargar { $file }
used-up = { $full ->
    [one] Ya ha usado su única descarga de esta edición.
   *[other] Ya ha usado sus { WORD($full) } descargas de esta edición.
}
used-up-help = ¿Ha perdido un archivo, o nunca llegó? A veces pasa: escríbanos desde la dirección con la que compró y le ayudaremos.
used-up-new-edition = Cuando salga una nueva edición, la encontrará en esta página, con nuevas descargas.
write-to-us = Escríbanos
new-in-this-edition = Novedades de esta edición
# El nombre de la última sección, para lectores de pantalla.
how-this-page-works = Cómo funciona esta página
page-costs-nothing = { $full ->
    [one] Abrir esta página no gasta nada; al pulsar un botón se gasta su única descarga.
   *[other] Abrir esta página no gasta nada; cada vez que pulsa un botón se gasta una de sus { WORD($full) } descargas.
}
page-costs-nothing-books = Abrir esta página no gasta nada; cada vez que pulsa un botón se gasta una descarga de ese libro.
page-reload = Recargue la página para ver cuántas quedan.
page-again = ¿Un archivo no llegó, o no llegó entero? Pulse otra vez su botón: durante una hora, y mientras no recargue esta página, eso no gasta otra descarga.
page-keep-private = No comparta este enlace y guárdelo en sus marcadores: es suyo.
page-editions-mailed = Las nuevas ediciones aparecen aquí, con nuevas descargas, y le escribimos cuando hay una.
page-editions-turned-off = Las nuevas ediciones aparecen aquí, con nuevas descargas. Usted canceló nuestros correos sobre ellas, así que pásese de vez en cuando.
page-editions-not-possible = Las nuevas ediciones aparecen aquí, con nuevas descargas. No tenemos ninguna dirección suya que acepte nuestros correos, así que pásese de vez en cuando.
page-with-others = Compró este libro junto con otros libros.
page-all-books = Todos los libros de esta compra

## La página de quienes perdieron su enlace

lost-link-title = ¿Perdió su enlace?
lost-link-text = Escriba la dirección de correo con la que compró y le enviaremos los enlaces de todos sus libros.
lost-link-label = Dirección de correo
lost-link-button = Enviarme mis enlaces
# El asunto de un correo que un lector de esta página escribe al autor.
lost-link-question = Enlace perdido
lost-link-for-programs = Envíe aquí el campo «email» por POST, y los enlaces irán a esa dirección.

## La página sobre los correos de nuevas ediciones

subscription-title = Correos sobre «{ $book }»
subscription-label = Correos sobre nuevas ediciones
subscription-on = Cuando sale una nueva edición de este libro, le enviamos un correo. Aquí puede cancelarlo. En cualquier caso, encontrará las nuevas ediciones en su página personal.
subscription-off = No recibe correos sobre nuevas ediciones de este libro. Siguen apareciendo en su página personal, con nuevas descargas.
subscription-stop = No recibir más estos correos
subscription-start = Recibir de nuevo estos correos
subscription-private-page = Ir a su página personal

## Botones y enlaces de los avisos

action-lost-link = ¿Perdió su enlace?
action-book-page = Ir a la página del libro
action-payment = Continuar con el pago
action-look-again = Comprobar de nuevo

## Avisos: lo que llega en lugar de lo que se pidió

not-found-title = No hay ningún libro en esta dirección
not-found-whole = Si le trajo aquí un enlace de un correo, compruebe que está entero: los programas de correo a veces parten en dos un enlace largo.
not-found-lost = Si compró un libro y perdió su enlace, se lo enviamos de nuevo. Si eso no basta, escríbanos y encontraremos su compra.

no-such-product-title = No conocemos ese libro
no-such-product-old-page = No se ha cobrado nada. Quizá la página que le trajo aquí sea antigua.
no-such-product-today = La página del libro muestra lo que puede comprar hoy.

not-for-sale-title = Esta edición ya no está a la venta
not-for-sale-today = No se ha cobrado nada. La página del libro muestra las ediciones que puede comprar hoy.
not-for-sale-bought = Si ya compró esta edición, su enlace personal sigue funcionando.

bad-request-title = No pudimos leer ese formulario
bad-request-again = Vuelva atrás e inténtelo otra vez. Si se repite, escríbanos y cite la frase de arriba.
bad-field-product-id = El campo «product_id» debe ser el identificador de un producto, tal como figura en la página del libro.
bad-field-book = El campo «book» debe ser lo que envía el botón de la página, por ejemplo «wip».
bad-field-file = El campo «file» debe ser uno de los archivos de la página, por ejemplo «pdf».
bad-field-token = El campo «token» debe ser lo que envía el botón de la página.
bad-field-email = El campo «email» debe ser la dirección de correo con la que compró, por ejemplo jane@example.com.
unreadable-body = Debe ser un formulario corriente, o un objeto JSON cuyos valores sean textos.
# $files es una lista entre comillas: «epub», «pdf».
no-such-file = El campo «file» debe ser uno de los archivos comprados, { $files }; «{ $asked }» no lo es. No se ha gastado ninguna descarga.
quoted = «{ $text }»
bad-signature = La cabecera «stripe-signature» debe ser la de Stripe, creada con el secreto de este punto de acceso en los últimos cinco minutos.

too-large-title = Era demasiado grande
too-large-text = La solicitud era mayor que cualquier formulario de esta tienda, así que no la leímos. No se ha cobrado nada.
too-large-back = Vuelva atrás y use los botones de la página.

method-title = Eso no funciona aquí
method-text = Esta dirección no responde a ese tipo de solicitud.
method-back = Vaya a la página del libro, o al enlace de su correo, y use los botones que hay allí.

not-paid-title = Todavía no ha pagado
not-paid-text = El pago no se completó, así que no se ha cobrado nada.
not-paid-go-on = Puede seguir donde lo dejó, con la misma tarjeta o con otra.
not-paid-start-again = Para comprar el libro, empiece de nuevo en la página del libro; sirve cualquier tarjeta.

expired-title = Este pedido ha caducado
expired-text = No se pagó a tiempo, así que no se ha cobrado nada.
expired-start-again = Si todavía quiere el libro, empiece de nuevo en la página del libro; es cosa de un minuto.

refunded-title = Esta compra se ha reembolsado
refunded-text = Le devolvemos el dinero a la tarjeta o cuenta con la que se pagó, así que este enlace está desactivado. Los bancos pueden tardar hasta diez días hábiles en mostrar un reembolso.
refunded-question = Si usted no lo pidió, escríbanos. Si al final quiere el libro, sigue estando en la página del libro.
taken-back-title = Esta compra se anuló
taken-back-text = El libro se compró en { $platform }, y allí se reembolsó o se anuló; por eso este enlace está desactivado.
taken-back-question = Si cree que es un error, escríbanos.

disputed-title = Este enlace está en pausa
disputed-text = El banco desde el que se hizo este pago ha abierto una reclamación, así que las descargas están en pausa.
disputed-next = Si el banco da por bueno el pago, este enlace volverá a funcionar por sí solo, con todo lo que tenía; si retira el dinero, quedará desactivado. Si usted no quería reclamar el pago, dígaselo a su banco, o escríbanos y le ayudaremos.

no-downloads-title = No quedan descargas
no-downloads-text = Ya ha usado todas las descargas de esta edición.
no-downloads-new-edition = Cuando salga una nueva edición, su enlace funcionará otra vez, con nuevas descargas.

## Avisos: lo que falló en la tienda

failed-cannot-buy-title = Lo sentimos, ahora mismo no se puede comprar
failed-cannot-buy = Antes hay que reparar algo en esta tienda. No se ha cobrado nada.
failed-cannot-buy-next = Intentarlo antes no servirá de nada. Ya estamos avisados; vuelva mañana, o escríbanos y cite la referencia.
failed-mending-title = Lo sentimos, antes tenemos que reparar algo
failed-mending = Algo no funciona en esta tienda. No se ha perdido nada, y su pago está a salvo.
failed-mending-next = Ya estamos avisados. Recargue esta página mañana, o escríbanos y cite la referencia.
failed-before-title = Lo sentimos, no ha funcionado
failed-before = Algo no funciona por nuestra parte. No se ha cobrado nada.
failed-before-next = Inténtelo de nuevo en un minuto. Si sigue sin funcionar, escríbanos y cite la referencia.
failed-after-title = Lo sentimos, inténtelo de nuevo en un minuto
failed-after = Algo no funciona por nuestra parte. No se ha perdido nada, y su pago está a salvo.
failed-after-next = Recargue esta página en un minuto. Si sigue sin funcionar, escríbanos y cite la referencia.

## Avisos: lo que aún no está hecho

# Nunca dice que el pago falló: no ha fallado.
payment-pending-title = Su pago se está confirmando
payment-pending = Algunos bancos tardan un momento; otros, unos días. Puede cerrar esta página: le enviaremos el enlace por correo, o le avisaremos por correo si el banco no paga.
payment-pending-looks = Durante un minuto, esta página lo comprueba por sí sola y abre su libro en cuanto puede.

link-mailed-title = El enlace está en su correo
link-mailed = Este libro está pagado, y su enlace se envió a la dirección que se indicó en el pago. Por seguridad, esta página solo lleva al libro durante la primera hora después del pago.
link-mailed-lost = Si no encuentra el correo, mire en la carpeta de correo no deseado, o pídanos que le enviemos el enlace de nuevo.

links-by-mail-title = Mire su correo
links-by-mail = Si alguien compró con esta dirección, le enviamos allí sus enlaces.
links-by-mail-wait = Si en diez minutos no ha llegado nada, mire en la carpeta de correo no deseado y luego pídalo otra vez: un correo puede perderse sin que esta página pueda indicarlo. O pruebe con otra dirección que haya podido usar.
links-by-mail-help = Si eso no basta, escríbanos y encontraremos su compra.

## Todos los correos

mail-question = ¿Alguna pregunta, o un archivo que no se abre? Escriba a { $address }.
mail-question-unbought = ¿Alguna pregunta? Escriba a { $address }.
mail-open-page = Abrir su página
mail-or-address = O abra esta dirección:

## El correo con el enlace personal, justo después del pago

receipt-subject = { $more ->
    [0] Su ejemplar de «{ $book }»
    [one] Su ejemplar de «{ $book }» y otro libro más
   *[other] Su ejemplar de «{ $book }» y { WORD($more) } libros más
}
receipt-preheader = { $books ->
    [one] El enlace a su página personal, donde le espera el libro.
   *[other] El enlace a su página personal, donde le esperan los libros.
}
receipt-thanks = { $books ->
    [one] Gracias por comprar el libro. Le espera en una página solo para usted.
   *[other] Gracias por comprar los libros. Le esperan en una página solo para usted.
}
receipt-same-page = En la misma página:
# $files es una lista: PDF, EPUB o MOBI.
receipt-files = Allí puede descargarlo en { $files }.
receipt-downloads = { $downloads ->
    [0] Su compra no incluye descargas.
    [one] Su compra incluye una descarga.
   *[other] Su compra incluye { WORD($downloads) } descargas.
}
receipt-downloads-books = { $downloads ->
    [0] Ningún libro incluye descargas.
    [one] Cada libro incluye una descarga.
   *[other] Cada libro incluye { WORD($downloads) } descargas.
}
receipt-costs-nothing = Abrir la página no gasta nada; cada vez que pulsa un botón se gasta una descarga.
receipt-editions-mailed = { $downloads ->
    [0] Cuando salga una nueva edición, le escribiremos. Estará en la misma página, con nuevas descargas.
    [one] Cuando salga una nueva edición, le escribiremos. Estará en la misma página, con una nueva descarga.
   *[other] Cuando salga una nueva edición, le escribiremos. Estará en la misma página, con { WORD($downloads) } nuevas descargas.
}
receipt-editions-turned-off = { $downloads ->
    [0] Las nuevas ediciones aparecen en la misma página, con nuevas descargas. Usted canceló nuestros correos sobre ellas.
    [one] Las nuevas ediciones aparecen en la misma página, con una nueva descarga. Usted canceló nuestros correos sobre ellas.
   *[other] Las nuevas ediciones aparecen en la misma página, con { WORD($downloads) } nuevas descargas. Usted canceló nuestros correos sobre ellas.
}
# En negrita; el mensaje siguiente va en la misma línea.
receipt-key = { $books ->
    [one] El enlace es la llave de su libro:
   *[other] El enlace es la llave de sus libros:
}
receipt-keep = conserve este correo y no comparta el enlace.

## El correo de una nueva edición

new-edition-subject = { $book }: { $version } ya disponible
new-edition-label = Nueva edición
new-edition-preheader = { $downloads ->
    [one] La nueva edición está en su página, con una nueva descarga.
   *[other] La nueva edición está en su página, con { WORD($downloads) } nuevas descargas.
}
new-edition-text = { $downloads ->
    [one] Hay una nueva edición de su libro, y es suya. La encontrará en la página que ya conoce, con una nueva descarga.
   *[other] Hay una nueva edición de su libro, y es suya. La encontrará en la página que ya conoce, con { WORD($downloads) } nuevas descargas.
}
# El libro ya está entre comillas.
new-edition-elsewhere = { $downloads ->
    [one] Compró { $book } en { $platform } en { $year }. Ya está aquí la nueva edición, y es suya: en una página solo para usted, con una descarga.
   *[other] Compró { $book } en { $platform } en { $year }. Ya está aquí la nueva edición, y es suya: en una página solo para usted, con { WORD($downloads) } descargas.
}
new-edition-elsewhere-preheader = Compró el libro en { $platform } en { $year }; la nueva edición es suya.
new-edition-elsewhere-why = Recibe este correo porque compró el libro en { $platform }.
new-edition-button = Obtener la nueva edición
new-edition-notes = Novedades
new-edition-key = El enlace es la llave de su libro:
new-edition-keep = no lo comparta.
new-edition-why = Recibe este correo porque compró el libro.
# $link es el mensaje siguiente, como enlace.
new-edition-unsubscribe = { $link }; su ejemplar sigue siendo suyo.
new-edition-unsubscribe-link = No recibir más correos sobre nuevas ediciones
# En texto sencillo, encima de la dirección.
new-edition-unsubscribe-text = Si prefiere no saber de nuevas ediciones, dígalo aquí; su ejemplar sigue siendo suyo:

## El correo a quien perdió sus enlaces

lost-links-title = { $books ->
    [one] Su enlace
   *[other] Los enlaces de sus libros
}
lost-links-subject = Su enlace a «{ $book }»
lost-links-asked = { $books ->
    [one] Pidió el enlace del libro que compró. Aquí lo tiene de nuevo.
   *[other] Pidió los enlaces de los libros que compró. Aquí los tiene de nuevo.
}
lost-links-newest = Estos son sus { WORD($count) } enlaces más recientes. Si echa en falta uno anterior, escríbanos.
# En negrita; el mensaje siguiente va en la misma línea.
lost-links-key = Quien tiene un enlace tiene el libro:
lost-links-keep = no comparta este correo.
lost-links-not-you = ¿No lo pidió usted? Entonces otra persona escribió su dirección. No se le mostró nada, y usted no tiene que hacer nada.

## El correo de un adeudo que no llegó

payment-failed-subject = Su pago de «{ $book }» no se ha completado
payment-failed-preheader = No se ha cobrado nada, y puede comprar el libro de nuevo.
payment-failed-label = Su pago
payment-failed-text = Su banco no efectuó el pago de este libro, así que no se ha cobrado nada y todavía no tiene su ejemplar.
payment-failed-again = Si aún lo quiere, puede comprarlo de nuevo en la página del libro; sirve cualquier tarjeta.
payment-failed-button = Ir a la página del libro
payment-failed-paid-since = Si entretanto ha pagado de otra forma, no tiene que hacer nada.

## La página personal, justo después del pago y más tarde

private-page-thanks = { $books ->
    [one] ¡Gracias! El libro es suyo.
   *[other] ¡Gracias! Los libros son suyos.
}
paid-line = { $sum } pagados el { $date }
stripe-receipt = Recibo de Stripe
# En lugar del importe, para una compra hecha en otra plataforma e importada.
bought-elsewhere-line = Comprado en { $platform } el { $date }
# $address está oculta: r•••@e•••.com
page-mailed-to = Hemos enviado este enlace a { $address }.
page-author-thanks = Unas palabras de agradecimiento
wrong-address = ¿Dirección equivocada?
wrong-address-text = Escriba la correcta y enviaremos el enlace allí. Se puede hacer una vez, durante una hora después del pago y antes de la primera descarga. Avisaremos a la dirección que se escribió primero de que el enlace se ha enviado a otra.
wrong-address-label = Dirección de correo correcta
wrong-address-button = Enviar a esta dirección
help-title = ¿Dónde está mi archivo?
help-phone = En un teléfono o una tableta está en sus descargas: en la aplicación Archivos en el iPhone o el iPad, en Archivos o Descargas en Android.
help-kindle = En un Kindle: envíe el EPUB con Send to Kindle, de Amazon, y aparecerá en su biblioteca.
help-in-app = ¿No pasa nada en la ventana de una aplicación de correo o de chat? Elija «Abrir en el navegador» en su menú y pulse allí el botón.
# En papel, antes de la dirección.
print-address = La dirección de esta página:

## El aviso de que una dirección ya no se puede corregir

address-stays-title = La dirección se queda como está
address-stays-text = Aquí se puede corregir una vez, durante una hora después del pago y mientras no se haya descargado nada. Su enlace y su libro están a salvo.
address-stays-help = Escríbanos citando la referencia y la cambiaremos por usted.
bad-field-address = El campo «address» debe ser la dirección de correo a la que debe ir el enlace, por ejemplo jane@example.com.

## Facturas y notas de abono

# Enlaces, en la página privada y en los correos.
invoice = Factura de Stripe
invoice-pdf = Factura en PDF
credit-note-pdf = Nota de abono en PDF
documents-until = Stripe mantiene este documento en línea hasta el { $date }. Guarde el PDF si lo necesita por más tiempo.
invoice-ended = Stripe ya no mantiene su factura en línea. Escríbanos si vuelve a necesitarla.
bad-field-company = El campo «company» debe ser «yes» si compra para una empresa; si no, se omite.
no-invoices-title = Esta tienda no emite facturas
no-invoices-without = No se ha cobrado nada. Si no necesita factura, vuelva atrás, deje sin marcar la casilla para empresas y compre.
no-invoices-write = Si su empresa la necesita, escríbanos antes de comprar.

## Lo que la confirmación dice del pago

receipt-tax = Impuesto incluido: { $tax }
# $country es un código de dos letras, DE.
receipt-tax-country = Impuesto incluido: { $tax } ({ $country })
receipt-seller = Vendido por { $seller }
# Debajo de la suma, donde Link vendió en lugar del autor. «LINK.COM*» figura así en los extractos.
sold-through-link = Vendido a través de Link, un servicio de Stripe. En su extracto bancario aparece LINK.COM*, y Link envía el recibo del pago.
receipt-bought-before = También compró este libro el { $date }. Si fue un error, responda a este correo.
receipt-bought-before-elsewhere = También compró este libro en { $platform } el { $date }. Si fue un error, responda a este correo.

## El correo a una dirección que el comprador corrigió

corrected-subject = El enlace a «{ $book }» se ha enviado a otra dirección
corrected-preheader = No tiene que hacer nada, salvo que haya pagado usted.
corrected-label = Una dirección corregida
corrected-text = Alguien compró este libro, dio esta dirección y luego la corrigió. El enlace se ha enviado a la dirección corregida, y allí irán también los demás correos sobre el libro.
corrected-not-you = ¿No lo ha comprado usted? Entonces alguien se equivocó de dirección, y no tiene que hacer nada.
corrected-yours = ¿Lo pagó usted y no corrigió nada? Responda a este correo citando la referencia.

## El correo sobre un reembolso

refund-subject = Su reembolso de «{ $book }»
refund-label = Su reembolso
refund-preheader = Le devolvemos { $sum }.
refund-all = Le devolvemos { $sum } a la tarjeta o cuenta con la que se pagó; el enlace queda desactivado.
refund-part = Le devolvemos { $sum } de lo que pagó a la tarjeta o cuenta con la que se pagó; el enlace sigue activo.
refund-banks = Un banco puede tardar hasta diez días hábiles en mostrar un reembolso.
refund-question = ¿No lo esperaba? Responda a este correo citando la referencia.

## Antes de la primera descarga, si la tienda aplica el derecho de desistimiento de la Unión Europea

agreement-1 = Quiero descargar ahora y doy mi consentimiento previo y expreso para que la ejecución del contrato comience durante el plazo de desistimiento. Declaro conocer que, en consecuencia, pierdo mi derecho de desistimiento en cuanto comience la descarga.
agreement-title = Antes de la primera descarga
agreement-why = Dispone de 14 días para desistir de este contrato, sin indicar el motivo. Ese derecho termina con la primera descarga; por eso se lo preguntamos antes, una sola vez. Confirmamos su respuesta por correo.
agreement-button = Continuar a las descargas
agreement-needed-title = Una pregunta antes de la primera descarga
agreement-needed-text = No se ha gastado ninguna descarga. Antes le hacemos una pregunta, una sola vez: marque la casilla en su página personal.
# El correo que lo confirma
agreement-subject = Su consentimiento para «{ $book }»
agreement-label = Confirmación
agreement-preheader = El texto que aceptó y cuándo.
agreement-quoted = Antes de la primera descarga aceptó este texto:
agreement-time = Lo aceptó el { $date } a las { $time } (UTC).
agreement-keep = Conserve este correo. Confirma que dio su consentimiento y que conoce la pérdida de su derecho de desistimiento, como pide el artículo 8, apartado 7, de la Directiva 2011/83/UE.
## Devolver una compra: los enlaces, las páginas y en qué quedó

# Las palabras de la Directiva 2011/83/UE, artículo 11 bis. No se cambian.
withdraw-link = Desistir del contrato aquí
withdraw-button = Confirmar desistimiento
withdraw-title = Desistir del contrato
withdraw-label = Desistimiento
withdraw-text = Durante los 14 días siguientes a la compra, y mientras no se haya iniciado ninguna descarga, puede desistir del contrato sin indicar el motivo. Entonces le devolvemos el dinero a la tarjeta o cuenta con la que se pagó, y su enlace queda desactivado. Enviamos un acuse de recibo con la fecha y la hora a la dirección con la que se compró.
withdraw-buyer-label = Su enlace personal, o la dirección de correo con la que compró
withdraw-purchase-label = Lo que compró: el libro, la fecha o la referencia
withdraw-name-label = Su nombre
withdraw-by-address = Lo mejor es el enlace personal. La dirección por sí sola no demuestra que sea usted, así que el correo que enviamos allí le pide pulsar un botón más.
withdraw-unread = En lo que ha escrito no encontramos ni un enlace personal ni una dirección de correo. Una dirección tiene esta forma: jane@example.com. Si solo conoce la referencia, escríbanos e indíquela.
withdraw-for-programs = Envíe aquí por POST los campos «buyer» (un enlace personal o la dirección de correo con la que se compró), «purchase» y «name».
withdraw-own-text = Con esto desiste del contrato relativo a esta compra. Le devolvemos { $sum } a la tarjeta o cuenta con la que se pagó, y su enlace queda desactivado. No tiene que indicar el motivo.
withdraw-still = Puede declarar el desistimiento de todos modos: el autor recibe el aviso, decide y le escribe.
withdraw-by-terms = Según las condiciones del autor, todavía puede recuperar su dinero de inmediato.
withdraw-downloaded = Se inició una descarga, y con ella terminó el derecho de desistimiento.
withdraw-downloaded-unconfirmed = Se inició una descarga; el autor comprueba si con ella terminó el derecho de desistimiento.
withdraw-late = Han pasado más de 14 días desde la compra, así que el plazo de desistimiento ha terminado.
refund-link = Recuperar mi dinero
refund-page-label = Reembolso
refund-page-text = Le devolvemos { $sum } a la tarjeta o cuenta con la que se pagó, y su enlace queda desactivado. No se puede deshacer.
refund-reason-label = ¿Por qué? La respuesta es opcional; el autor la lee.
refund-button = Solicitar el reembolso
refund-downloaded = Se iniciaron más descargas de las que permite un reembolso.
refund-late = El plazo para pedir aquí usted mismo el reembolso ha terminado.
no-return-nothing-paid = Aquí no se pagó nada por esta compra. Si compró el libro en otro lugar, allí lo pagó y allí se le devuelve el dinero.
no-return-sold-by-stripe = La venta se hizo a través de Link, un servicio de Stripe, y su contrato es con Link: ejerza allí su derecho de desistimiento, en link.com.
no-return-refunded = El dinero ya se le ha devuelto.
no-return-disputed = El banco ha abierto una reclamación sobre el pago y decide quién recibe el dinero.
no-refund-title = Esta compra no se puede reembolsar en esta página
no-refund-help = Escríbanos y cite la referencia, y lo miraremos nosotros mismos.
returned-title = Le devolvemos el dinero
withdrawal-received-title = Hemos recibido su desistimiento
withdrawal-received = Recibimos su desistimiento el { $date } a las { $time } (UTC).
withdrawal-acknowledged = Le enviamos un acuse de recibo a la dirección de correo con la que se compró.
withdrawal-decides = El autor recibe el aviso, decide y le escribe.
withdrawal-asked = Si alguien compró con esta dirección, enviamos allí un acuse de recibo del desistimiento, con la fecha y la hora.
withdrawal-asked-press = Para que ningún desconocido pueda deshacer una compra, el acuse de recibo contiene un enlace a una página con un botón más. Le devolvemos el dinero cuando lo pulse.
returning-title = Le estamos devolviendo el dinero
returning-text = Estamos devolviendo el dinero de esta compra; mientras tanto, el enlace está desactivado. Normalmente tarda unos segundos.
returning-again = Si en tres minutos no ha cambiado nada, pídalo otra vez: nada se devuelve dos veces.
refund-unknown-title = El servicio de pago todavía no ha respondido
refund-unknown = Todavía no sabemos si el servicio de pago está devolviendo su dinero. No se ha perdido nada: su petición queda guardada, y mientras tanto su enlace está desactivado.
refund-unknown-next = Abra su enlace de nuevo dentro de tres minutos y pulse otra vez el botón. Así se completa el reembolso, y nada se devuelve dos veces.
refund-refused-title = El reembolso no ha funcionado
refund-refused = El servicio de pago no pudo devolver el dinero, así que su enlace sigue activo.
refund-refused-next = El autor recibe el aviso y puede devolver el dinero de otra manera. Si no tiene noticias, escríbanos y cite la referencia.
bad-field-buyer = El campo «buyer» debe ser su enlace personal, o la dirección de correo con la que compró, por ejemplo jane@example.com.

## El acuse de recibo de un desistimiento

withdrawal-subject = Hemos recibido su desistimiento: «{ $book }»
withdrawal-title = Acuse de recibo de un desistimiento
withdrawal-mail-received = El { $date } a las { $time } (UTC) recibimos el desistimiento del contrato relativo a:
withdrawal-by-link = Declarado con el enlace personal.
withdrawal-by-address = Declarado con la dirección de correo { $address }.
withdrawal-name = Nombre: { $name }
withdrawal-described = Compra, tal como se describió: { $text }
withdrawal-stands = El derecho de desistimiento es aplicable. Le devolvemos { $sum } a la tarjeta o cuenta con la que se pagó, y el enlace queda desactivado.
withdrawal-press = El derecho de desistimiento es aplicable. Le devolvemos { $sum } cuando pulse el botón de esta página:
withdrawal-not-you = ¿No lo pidió usted? Entonces otra persona escribió su dirección. No se le mostró nada, y mientras no pulse nada, no ocurre nada.
