"""German words that are written as one and asked for by their parts, and verbs that a stemmer leaves in pieces.

- Compounds: *Mietkaution* is found by *Kaution*. Nobody can list the compounds of a language, but they are made again and again of the same
  common nouns. So it is enough to know one of the parts: what is left is the other. A wrong cut costs an index word that nobody asks for;
  the whole word is kept beside its parts in any case.
- Separable verbs: *umsteigen*, *umgestiegen* and *umzusteigen* are found by *steigen*, because a sentence takes them apart ("wir steigen in
  Lyon um").
- Weak verbs: *kauft* and *gekauft* are *kaufen*. Snowball takes no *-t* and no *ge-* off, since with nouns both belong to the word
  (*Gericht*), so here they come off where what is left is a verb.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

SHORTEST, LONGEST = 7, 60  # letters of a word that is worth cutting
LEAST = 3  # letters of a part where both are known
ALONE = 4  # letters of a known part beside an unknown one
UNKNOWN_BEFORE, UNKNOWN_AFTER = 4, 5  # letters of an unknown part: before the known one, and after it, where endings of words look like parts


class German:
    """Stems of German words and of their parts. Parts are compared by stem, so that plurals and what joins two parts (Jahr-es-zeit) do not matter."""

    def __init__(self, snowball: Callable[[str], str], irregular: Mapping[str, str]) -> None:
        self._snowball = snowball
        self._irregular = irregular
        self._weak = frozenset(map(snowball, _WEAK.split()))
        self._verbs = self._weak | frozenset(map(snowball, irregular.values()))
        self._particles, self._never, self._endings = tuple(_PARTICLES.split()), frozenset(_NEVER.split()), tuple(_ENDINGS.split())
        self._nouns: dict[str, int] = {}  # by stem the letters of the shortest noun: "gart" in Stuttgart is no Garten
        for noun in _NOUNS.split():
            stem = snowball(noun)
            self._nouns[stem] = min(len(noun), self._nouns.get(stem, LONGEST))

    def stem(self, word: str) -> str:
        """The stem, of a verb that of its infinitive."""
        return self._verb(word) or self._snowball(word)

    def parts(self, word: str) -> Iterator[str]:
        """The stems of the parts of a word, and of the parts of those, in their order; nothing for a word that has none."""
        if SHORTEST <= len(word) <= LONGEST and word.isalpha():
            if verb := self._separable(word):
                yield verb
            elif place := self._cut(word):
                for part in (word[:place], word[place:]):
                    yield self._snowball(part)  # as a noun: the Sprach of Sprachkurs is no form of sprechen
                    yield from self.parts(part)

    def _verb(self, form: str) -> str:
        """The stem of the verb that this is a form of; nothing if it is not one of a verb that is known."""
        stem = self._snowball(self._irregular.get(form, form))
        for one in (stem, stem.removesuffix("t"), stem.removesuffix("et")):
            if one in self._verbs:
                return one
        if form.startswith("ge") and form.endswith("t") and (stem := self._snowball(form[2:-1])) in self._weak:
            return stem
        return ""

    def _separable(self, word: str) -> str:
        """The verb without its separable prefix, and without the zu between the two."""
        for particle in self._particles:
            if word.startswith(particle):
                rest = word[len(particle) :]
                if verb := self._verb(rest) or (self._verb(rest[2:]) if rest.startswith("zu") else ""):
                    return verb
        return ""

    def _cut(self, word: str) -> int:
        """Where a word falls apart; 0 if it does not.

        Two known parts go before one, a known last part before a known first, the longer before the shorter.
        """
        last = first = 0
        for place in range(LEAST, len(word) - LEAST + 1):
            before, after = word[:place], word[place:]
            known_before, known_after = self._known(before), self._known(after)
            if known_before and known_after:
                return place
            if not last and known_after and len(after) >= ALONE and self._may_stand_before(before):
                last = place
            if known_before and len(before) >= ALONE and self._may_stand_after(after):
                first = place
        return last or first

    def _known(self, part: str) -> bool:
        return len(part) >= self._nouns.get(self._snowball(part), LONGEST + 1)

    def _may_stand_before(self, part: str) -> bool:
        return len(part) >= UNKNOWN_BEFORE and part not in self._never and not _VOWELS.isdisjoint(part)

    def _may_stand_after(self, part: str) -> bool:
        return len(part) >= UNKNOWN_AFTER and not part.startswith(self._endings) and not _VOWELS.isdisjoint(part)


_VOWELS = frozenset("aeiouyäöü")

# Nouns that German makes compounds of, by field; casefolded. Two letters are no part: Ei and Öl stand in too many words by chance.
_NOUNS = """
haus wohnung rasen schlauch rinne zimmer küche bad dach keller garten balkon fenster tür treppe boden wand decke möbel tisch stuhl bett schrank
lampe teppich
schlüssel schloss miete vermieter heizung strom gas wasser müll umzug gebäude stock flur raum saal halle hof zaun mauer ofen herd spiegel regal
sofa
stadt dorf land staat strasse platz weg brücke park markt hafen insel berg tal see meer fluss küste wald feld wiese strand ufer
ort gebiet grenze viertel zentrum norden süden osten westen welt heimat
bahn bus zug auto wagen rad fahrrad fahrt flug schiff boot flughafen bahnhof reise urlaub ferien koffer karte ticket fahrer verkehr tank motor
reifen
hotel gast pension ausflug wanderung zelt tour spaziergang pass ausweis visum führer schein werkstatt garage spur ampel
familie mutter vater eltern kind sohn tochter bruder schwester onkel tante gross schwieger frau mann mädchen junge baby freund nachbar leute
mensch
name geburt geburtstag hochzeit fest feier geschenk party besuch treffen schwager braut paar hobby lieblings
körper kopf haar auge nase mund zahn hals schulter arm hand finger rücken bauch bein knie fuss herz lunge leber magen haut blut knochen muskel
arzt krankheit kranken kranke gesundheit therapie therapeut diagnose untersuchung spritze pflaster bürste creme schmerz fieber medizin medikament
tablette operation pflege klinik apotheke praxis unfall allergie impfung versicherung
essen frühstück mittag abend mahlzeit brot brötchen butter käse milch fleisch wurst fisch huhn obst apfel birne kirsche beere nuss traube zitrone
gemüse kartoffel tomate zwiebel salat suppe reis nudel kuchen torte zucker salz pfeffer honig schokolade eis kaffee tee bier wein saft getränk
flasche
geschirr becher glas teller tasse topf pfanne messer gabel löffel rezept restaurant bäcker bäckerei metzger
tier haustier hund katze pferd kuh schwein schaf vogel maus futter pflanze baum blume gras blatt holz
schmuck kette ring brille schirm kleid kleidung hose hemd jacke mantel schuh hut tasche wäsche stoff leder wolle
zeit jahr monat woche tag stunde minute morgen nacht sommer winter herbst frühling jahrhundert anfang ende termin kalender uhr
montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april juni juli august september oktober november dezember
wetter regen schnee sonne wind sturm wolke nebel hitze kälte luft feuer licht schatten himmel mond stern
arbeit arbeitgeber bewerbung gespräch beruf dienst firma betrieb unternehmen büro chef leiter leitung mitarbeiter kollege team gruppe abteilung
stelle besprechung sitzung versammlung konferenz
umsatz prognose produktion projekt plan planung auftrag aufgabe kunde lieferung lieferant lager fabrik produkt ware maschine gerät werkzeug
technik techniker anlage bau
vertrag frist anschluss anhang mitglied angebot rechnung bericht brief papier formular antrag akte liste zahl nummer blick ergebnis ziel
verkauf einkauf kauf handel geschäft laden kasse preis kosten geld steuer lohn gehalt bank konto kredit kaution rabatt gebühr beitrag rente euro
zins aktie
schule kindergarten universität klasse lehrer schüler student unterricht prüfung note kurs übung buch heft seite wort sprache satz text zeitung
aufsatz
wissenschaft forschung geschichte mathematik physik chemie
musik lied konzert klavier geige gitarre chor theater film kino bild foto kunst museum tanz spiel sport ball mannschaft verein lauf marathon
schwimmen tennis fussball fitness studio training wettkampf turnier meister meisterschaft ski
computer rechner software hardware update ausfall internet netz netzwerk daten datei server programm telefon handy nachricht anbieter adresse
passwort zugang kennwort drucker bildschirm tastatur system
fehler test version schnittstelle speicher kamera fernseher radio sender batterie kabel
recht gesetz gericht anwalt richter polizei feuerwehr partei regierung minister präsident bürger wahl amt behörde bund rat krieg frieden
kirche religion gott weihnacht ostern
leben tod liebe glück angst freude wunsch traum gedanke gefühl meinung frage antwort lösung problem sache ding teil stück form art weise grund
gefahr schutz sicherheit hilfe schaden verlust gewinn kraft druck macht energie
farbe gold silber eisen stahl stein kunststoff metall
gewicht grösse länge höhe breite tiefe menge hälfte drittel kilo meter liter grad prozent
wartung erklärung beschreibung bewertung umgebung anleitung kontrolle verwaltung entwicklung beratung bildung verbindung ordnung prozess methode
modell struktur bereich ebene stufe phase
eröffnung übergabe öffnung meldung anmeldung abrechnung bestellung buchung zahlung überweisung kündigung
halb haupt neben sonder gesamt einzel innen aussen alt neu hoch tief klein schnell rück vor
miet schul sprach kirch lehr mess
"""

# Everyday weak verbs; the irregular ones stand with the language. Most verbs with a prefix are made of one of the two.
_WEAK = """
legen stellen setzen hängen stecken drehen drücken machen holen schalten schauen hören reden sagen lernen fragen antworten melden wohnen leben
lieben
suchen kaufen verkaufen bezahlen zahlen rechnen räumen packen füllen trocknen kochen wachen mieten bauen richten arbeiten öffnen teilen führen
leiten folgen
schicken senden stimmen nutzen benutzen brauchen probieren passen ändern tauschen wechseln lösen warten spielen tanzen reisen wandern feiern
besuchen reparieren bestellen kündigen planen glauben hoffen fühlen freuen zeigen erklären erzählen üben malen putzen spülen bohren drucken
speichern testen starten kosten dauern fehlen gehören klingeln klappen merken erinnern wünschen danken grüssen
"""
# Longest first: zurückgeben is geben, not "rückgeben".
_PARTICLES = """
zusammen herunter hinunter zurück heraus herein hervor hinaus hinein voraus voran vorbei weiter wieder kennen nieder durch
fern fest fort frei nach über unter hin her los mit vor weg ab an auf aus bei da ein teil um zu
"""
# What stands before a verb or makes a word of another: no part of a compound, whatever stands behind it.
_NEVER = (
    "auf aus bei durch ein ent emp ver zer miss nach über unter hinter wider wieder gegen zwischen ausser ohne nicht beim herab heraus herein hinein"
)
# A rest that begins so is an ending of a word, or begins with one (chaft: the s of Freundschaft joins nothing).
_ENDINGS = "ung lich heit keit schaft chaft isch chen lein los haft bar sam tum ier ling nis ig erin erung ator ation ität ismus ament arium ular"
