"""Which language is a text in? A vote of its most common words, with no library and no network.

The small words of a language (articles, pronouns, prepositions) make up a third of any text in it. Each one
that occurs votes for the languages that have it, and the fewer those are the more it counts: Danish and
Norwegian share most of them. Chinese, Japanese and Korean are told by their script.
"""

import re
import unicodedata

UNSURE = ""
LETTERS = 20  # fewer say nothing
MAX_TEXT = 8_192  # characters that are looked at
LEAST, MARGIN = 1.0, 2.0  # votes that the winner needs, and how many times those of the second

_WORDS = {
    "en": """the of and to a in is it you that was for are with his they be at this have from or had by not but
        what all were we when your can said there an each which she do how their if will up other about out then
        them these so some would make like has look more could go see no way who my than been call its our""",
    "de": """der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus
        er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor
        zur bis mehr durch man kann wir ich ihr ihre ihnen uns unsere bitte können""",
    "fr": """de la le et les des en un du une que est pour qui dans par plus pas au sur ne se ce il sont avec aux son
        sa ses ou mais comme nous vous votre vos notre nos être cette fait elle deux même peut je tu on leur leurs
        bien sans était entre après très tout si où avez pouvez""",
    "es": """de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin
        sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque
        qué sólo han yo hay usted nuestro nuestra puede tiene las estamos""",
    "pt": """de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua ou
        quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos seus quem nas me esse
        você está são tem pode nosso nossa foi estamos obrigado""",
    "it": """di e il la che in a per un del è non sono una si le con da i al dei della ma come lo anche più nel alla
        gli o ha delle questo se dal ci essere suo sua nella molto tra fra quando dopo tutti tutto stato questa può
        noi voi nostro nostra vostro abbiamo perché cosa dove siamo dalle dal alle""",
    "nl": """de van een het en in is dat op te zijn met voor niet aan er om ook als dan maar bij of uit nog naar heeft
        ze hij worden door wordt over hebben meer zich ik je u uw wij we ons onze deze dit was wat kan kunt geen al
        wel zo mijn tot tussen hoe waar alleen graag""",
    "sv": """och i att det som en på är av för med till den har de inte om ett han men var jag från vi så kan när nu
        eller där också efter vid du din ditt dig mig sig ska skulle mycket bara alla detta denna dessa här vad hur
        ni er era vår våra finns mellan någon något även under""",
    "da": """og i at det som en på er af for med til den har de ikke om et han men var jeg fra vi så kan når nu eller
        der også efter ved du din dit dig mig sig skal ville meget kun alle dette denne disse her hvad hvordan hvor
        jeres vores mellem nogen noget være blive bliver os uden desværre måde åbent""",
    "nb": """og i at det som en på er av for med til den har de ikke om et han men var jeg fra vi så kan når nå eller
        der også etter ved du din ditt deg meg seg skal ville mye bare alle dette denne disse her hva hvordan hvor
        deres vår våre mellom noen noe være bli blir oss uten dessverre måte åpent""",
    "fi": """ja on ei se että en hän oli mutta ovat kun niin myös tai jos ole vain joka sen mitä nyt kuin sitä minä sinä
        me te he tämä tämän siitä voi voit sekä jo kanssa ennen jälkeen vielä kaikki mukaan mikä missä miten hyvin
        olla olet olemme olette meidän teidän sinun minun nämä ne voitte meillä teillä
        tästä siihen kiitos voitko meille""",
    "pl": """i w na z do nie się to jest że o a po od za jak dla co są tak czy ale przez już jego go tylko oraz przy lub
        ich ja ty my pan pani może możesz można był była było być jeśli gdy kiedy gdzie nas nam nasz nasze ze tym tego
        również bardzo które który która bez między""",
    "cs": """a v se na je že s z do to o i k ve pro za by ale si po jako od ze jsou který která které jsme jste nebo jen
        až tak při co už byl byla bylo být může můžete podle také není ke její jeho jejich nás vás náš naše vaše když
        kde jak mezi bez velmi pokud""",
    "ro": """de și în a la cu pe nu o că un este din se mai pentru care să sunt au fost ca ce dar sau prin după are lor
        fi am ai cel cea ale lui fără foarte acest această aceste noi voi dumneavoastră noastră nostru poate puteți
        când unde cum dacă doar până între toate despre suntem sunteți vă dvs""",
    "hu": """a az és hogy nem is egy meg de ez ha volt csak már van még vagy mint ki be el fel le lesz kell lehet majd
        akkor úgy így ezt azt amely ami aki én te ő mi ti ők nagyon minden után előtt alatt között szerint ön önnek
        kérjük köszönjük hogyan mikor hol tud vagyunk nincs kérem önt velünk""",
    "tr": """ve bir bu da de için ile çok ne gibi daha o ama olarak kadar sonra var yok mi mı en değil ben sen biz siz
        onlar her ya veya olan olduğu oldu olur ise şey bana sana size bizim sizin nasıl nerede zaman önce göre tüm
        bütün hangi lütfen şu teşekkür iyi değilim hakkında arasında saat sizi bizi""",
    "ru": """и в не на я что он с как это по но они к у ты из мы за вы так же от для о или когда его её их все всё
        только есть был была было быть до если уже вам вас нас наш ваш ваша мне меня очень может можно можете где
        какой который после при без также чтобы пожалуйста сейчас""",
    "uk": """і в не на я що він з як це по але вони до у ти із ми за ви так же від для про або коли його її їх все
        тільки є був була було бути якщо вже вам вас нас наш ваш ваша мені мене дуже може можна можете де який яка
        які після при без також та й чи щоб будь ласка зараз""",
    "el": """και το να του η της με που την από για τα είναι των σε ο οι στο θα τη στην τον τους δεν τις ένα μια ότι
        αυτό στη ως κατά στα μας σας μου σου αν όταν πως πού πώς έχει έχουν έχετε μπορεί μπορείτε πολύ πριν μετά
        εμείς εσείς εγώ εσύ αλλά μόνο""",
    "ar": """في من على أن إلى عن مع هذا هذه ذلك التي الذي ما لا نعم كان كانت قد كل بعد قبل عند أو ثم لكن إذا لم لن هل
        كيف متى أين هو هي أنا أنت نحن كما بين حتى غير أي يمكن يمكنك لدينا لك شكرا مرحبا يرجى فقط أيضا جدا خلال حول
        يوم اليوم الآن""",
}

_LANGUAGES_OF: dict[str, tuple[str, ...]] = {}
for _code, _text in _WORDS.items():
    for _word in dict.fromkeys(_text.split()):
        _LANGUAGES_OF[_word] = (*_LANGUAGES_OF.get(_word, ()), _code)

LANGUAGES = (*_WORDS, "ja", "ko", "zh")
"""ISO 639-1 codes of the languages that can be told."""


def language_of(text: str) -> str:
    """One of LANGUAGES, or UNSURE: too few letters, or no language is well ahead of the others."""
    text = unicodedata.normalize("NFC", _ADDRESS.sub(" ", text[:MAX_TEXT])).lower()
    return _by_script(text) or _by_words(text)


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")  # they are English whatever the text is
_WORD = re.compile(r"[^\W\d_]+")


def _by_words(text: str) -> str:
    words = _WORD.findall(text)
    if sum(map(len, words)) < LETTERS:
        return UNSURE
    votes = dict.fromkeys(_WORDS, 0.0)
    for word in words:
        languages = _LANGUAGES_OF.get(word, ())
        for language in languages:
            votes[language] += 1 / len(languages) ** 2
    first, second = sorted(votes, key=votes.__getitem__)[:-3:-1]
    return first if votes[first] >= max(LEAST, MARGIN * votes[second]) else UNSURE


_KANA, _HAN, _HANGUL = r"[\u3041-\u30ff]", r"[\u3400-\u4dbf\u4e00-\u9fff]", r"[\uac00-\ud7af]"
_FEW = 6  # letters of a script that stand for syllables or words


def _by_script(text: str) -> str:
    kana, han, hangul = (len(re.findall(script, text)) for script in (_KANA, _HAN, _HANGUL))
    half = max(_FEW, sum(map(str.isalpha, text)) / 2)
    if hangul >= half:
        return "ko"
    if kana + han >= half:
        # Japanese cannot do without kana; Chinese has them in foreign names at most
        return "ja" if 10 * kana >= han else "zh"
    return UNSURE
