import pytest
from hypothesis import given
from hypothesis import strategies as st

from statuspage.probes.language import LANGUAGES, UNSURE, language_of

SENTENCES = {
    "en": "You can return it within 30 days, and we will pay the money back to your account.",
    "de": "Sie können es innerhalb von 30 Tagen zurückgeben, und wir erstatten Ihnen den Betrag.",
    "fr": "Vous pouvez le retourner sous 30 jours, et nous vous rembourserons dans la semaine.",
    "es": "Puede devolverlo en un plazo de 30 días y le reembolsaremos el dinero en su cuenta.",
    "pt": "Você pode devolver em até 30 dias, e nós faremos o reembolso para a sua conta.",
    "it": "Può restituirlo entro 30 giorni e noi le rimborseremo la somma che ha pagato.",
    "nl": "U kunt het binnen 30 dagen terugsturen, en dan betalen wij het bedrag aan u terug.",
    "sv": "Du kan skicka tillbaka varan inom 30 dagar, och vi betalar pengarna till ditt konto.",
    "da": "Du kan sende varen tilbage efter 30 dage, og vi betaler beløbet til dig. Hvad kan jeg hjælpe med nu?",
    "nb": "Du kan sende varen tilbake etter 30 dager, og vi betaler beløpet til deg. Hva kan jeg hjelpe med nå?",
    "fi": "Voit palauttaa tuotteen, ja me maksamme sen hinnan takaisin, kun se on meillä.",
    "pl": "Możesz go zwrócić w ciągu 30 dni, a my oddamy pieniądze na twoje konto, jeśli jest cały.",
    "cs": "Můžete ho vrátit do 30 dnů a my vám pošleme peníze na účet, který jste nám dali.",
    "ro": "Îl puteți returna în 30 de zile, iar noi vă vom trimite banii pe care i-ați plătit.",
    "hu": "Ön 30 napon belül visszaküldheti, és mi az árát vissza is fizetjük, ha minden rendben van.",
    "tr": "Bunu 30 gün içinde geri gönderebilirsiniz ve biz de size ödemeyi daha sonra iade ederiz.",
    "ru": "Вы можете вернуть его в течение 30 дней, и мы вернём вам деньги на ваш счёт.",
    "uk": "Ви можете повернути його протягом 30 днів, і ми повернемо вам гроші на ваш рахунок.",
    "el": "Μπορείτε να το επιστρέψετε σε 30 ημέρες και θα σας δώσουμε πίσω τα χρήματα.",
    "ar": "يمكنك إرجاع المنتج خلال 30 يوما، ثم نعيد لك المال إلى حسابك بعد أن يصل إلينا.",
    "ja": "30日以内に返品していただければ、代金をお返しします。",
    "ko": "30일 이내에 반품하시면 금액을 돌려드립니다.",
    "zh": "您可以在三十天内退货，我们会把钱退给您。",
}


def test_every_language_has_a_sentence_here() -> None:
    assert sorted(SENTENCES) == sorted(LANGUAGES)
    assert len(LANGUAGES) >= 20


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_sentence_of_a_bot_is_told_by_its_small_words(code: str) -> None:
    assert language_of(SENTENCES[code]) == code
    assert language_of(SENTENCES[code].upper()) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Your name is Wembolin.",  # fewer than 20 letters: nothing can be said
        "Wembolin Wembolin Wembolin Wembolin",
        "391 391 391 391 391 391 391 391 391 391",
        "Hakuna matata, karibu nyumbani kwetu leo jioni",  # none of the languages
        f"{SENTENCES['en']} {SENTENCES['de']}",
    ],
)
def test_what_cannot_be_told_is_unsure(text: str) -> None:
    assert language_of(text) == UNSURE


def test_addresses_and_foreign_names_do_not_vote() -> None:
    address = "https://help.example/how-to-get-your-money-back-when-you-are-not-at-home"

    assert language_of(f"Das steht auf {address} und bei uns im Laden.") == "de"


def test_accents_written_apart_are_the_same_accents() -> None:
    assert language_of("Nous avons été fermés, mais vous pouvez nous écrire") == "fr"


@given(st.text(max_size=300))
def test_any_text_gives_a_known_code_or_none(text: str) -> None:
    assert language_of(text) in (*LANGUAGES, UNSURE)
