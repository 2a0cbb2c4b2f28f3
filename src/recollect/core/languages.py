"""What the full-text analyser knows of each language: stop words, irregular forms, names of months and weekdays, stemmer.

The lists are data for an analyser that case-folds its text and takes an apostrophe as a separator, so they are written
case-folded ("weiss" for "weiß", "σ" for a final "ς") and hold what an elision leaves behind (English "s", French "qu").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

__all__ = ["Language", "codes", "language"]


@dataclass(frozen=True, slots=True)
class Language:
    """What the analyser knows of one language."""

    code: str
    """ISO 639-1, such as "en"."""
    name: str
    """English name in lower case, such as "english"; the code itself where the language is not one of `codes()`."""
    stemmer: str | None
    """Name of the Snowball algorithm, or None where there is none, or a better one here (arabic.py)."""
    stop: frozenset[str]
    """Case-folded words that carry no meaning in a search."""
    irregular: Mapping[str, str] = field(hash=False)
    """Form to base, both case-folded; to be applied before the stemmer, which then takes the base. In Arabic they are compared by their stems."""
    months: tuple[str, ...]
    """Twelve names, case-folded nominative; empty where the language is not one of `codes()`."""
    weekdays: tuple[str, ...]
    """Seven names, Monday first; empty where the language is not one of `codes()`."""


def language(name: str) -> Language:
    """Return the language of a code ("de", "de-AT", "pt_BR") or an English name ("German"), in any case.

    Any other code of two or three letters gives a language of which nothing is known; any other name is a ValueError.
    """
    base = name.strip().casefold()
    for mark in "-_.@":
        base = base.partition(mark)[0]
    if base in _WORDS:
        return _load(base)
    for code, words in _WORDS.items():
        if words[0] == base:
            return _load(code)
    if base in _ALIASES:
        return _load(_ALIASES[base])
    if 2 <= len(base) <= 3 and base.isascii() and base.isalpha():
        return _load(base)
    known = ", ".join(f"{words[0]} ({code})" for code, words in _WORDS.items())
    raise ValueError(f"unknown language {name!r}: give a language code of two or three letters or one of {known}.")


def codes() -> tuple[str, ...]:
    """Return the codes of the languages of which something is known."""
    return tuple(_WORDS)


@cache
def _load(code: str) -> Language:
    if code not in _WORDS:
        return Language(code, code, None, frozenset(), MappingProxyType({}), (), ())
    name, stemmer, months, weekdays, stop, irregular = _WORDS[code]
    forms: dict[str, str] = {}
    for entry in irregular.split():
        base, _, listed = entry.partition(":")
        for form in listed.split(","):
            forms[form] = base
    # The object is shared by all callers, so the mapping must not be one they can write to.
    return Language(code, name, stemmer, frozenset(stop.split()), MappingProxyType(forms), tuple(months.split()), tuple(weekdays.split()))


_ALIASES = {"no": "nb"}

# Strings, not sets: splitting waits until a language is asked for, which keeps the import cheap.
# code: (name, stemmer, months, weekdays, stop words, irregular forms as base:form,form)
_WORDS: dict[str, tuple[str, str | None, str, str, str, str]] = {
    # Not stop words: "may" (the month), "won" (also what is left of "won't"), and made, make, like, one, new, last, first.
    # No irregular form where a noun or a name of the same spelling is as common as the verb: left, rose, shot, bit, ground, wound,
    # bound, bore, lay, sat (the exam), lives, leaves, bases, dice.
    "en": (
        "english",
        "english",
        "january february march april may june july august september october november december",
        "monday tuesday wednesday thursday friday saturday sunday",
        """
        a an the and or but nor if than then because as until while although though whether so unless
        of at by for with about against between into through during before after above below to from up down in out on off over under upon
        within without toward towards among across
        i me my myself mine we us our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
        it its itself they them their theirs themselves this that these those there here
        what which who whom whose when where why how
        am is are was were be been being have has had having do does did doing done will would shall should can could might must cannot ought
        again further once all any both each few more most other another some such no not only own same too very just also even
        every either neither now
        s t d ll m re ve don didn doesn isn aren wasn weren couldn wouldn shouldn hasn haven hadn ain mustn mightn needn shan
        """,
        """
        arise:arose,arisen awake:awoke,awoken beat:beaten become:became begin:began,begun bend:bent bite:bitten bleed:bled blow:blew,blown
        break:broke,broken breed:bred bring:brought build:built burn:burnt buy:bought catch:caught choose:chose,chosen cling:clung
        come:came deal:dealt dig:dug draw:drew,drawn dream:dreamt drink:drank,drunk drive:drove,driven eat:ate,eaten
        fall:fell,fallen feed:fed feel:felt fight:fought find:found flee:fled fly:flew,flown forbid:forbade,forbidden
        forget:forgot,forgotten forgive:forgave,forgiven freeze:froze,frozen get:got,gotten give:gave,given go:went,gone,goes
        grow:grew,grown hang:hung hear:heard hide:hid,hidden hold:held keep:kept know:knew,known lead:led lean:leant learn:learnt
        lend:lent light:lit lose:lost make:made mean:meant meet:met mistake:mistook,mistaken overcome:overcame oversee:oversaw,overseen
        pay:paid prove:proven rebuild:rebuilt ride:rode,ridden ring:rang,rung rise:risen run:ran say:said see:saw,seen
        seek:sought sell:sold send:sent shake:shook,shaken shine:shone show:shown shrink:shrank,shrunk sing:sang,sung
        sink:sank,sunk sleep:slept slide:slid speak:spoke,spoken spend:spent spill:spilt spin:spun stand:stood
        steal:stole,stolen stick:stuck sting:stung strike:struck swear:swore,sworn sweep:swept swell:swollen swim:swam,swum swing:swung
        take:took,taken teach:taught tear:tore,torn tell:told think:thought,thoughts throw:threw,thrown undergo:underwent,undergone
        understand:understood undertake:undertook,undertaken wake:woke,woken wear:wore,worn
        weep:wept win:won withdraw:withdrew,withdrawn write:wrote,written
        child:children grandchild:grandchildren man:men woman:women person:people foot:feet tooth:teeth goose:geese mouse:mice
        wife:wives knife:knives wolf:wolves half:halves shelf:shelves loaf:loaves thief:thieves scarf:scarves
        crisis:crises analysis:analyses diagnosis:diagnoses criterion:criteria phenomenon:phenomena index:indices cactus:cacti
        """,
    ),
    # Not irregular forms: weiss (white), stand, band, schnitt and schloss (nouns), gefallen (to please).
    "de": (
        "german",
        "german",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        """
        der die das den dem des ein eine einer einem einen eines kein keine keiner
        ich du er sie es wir ihr mich dich sich uns euch mir dir ihm ihn ihnen man
        mein meine meiner meinem meinen dein deine deiner deinen sein seine seiner seinem seinen
        ihre ihrer ihrem ihren unser unsere euer eure
        dieser diese dieses diesem diesen dies jeder jede jedes jeden
        unserem unseren unserer
        welche welcher welches welchem welchen denen deren dessen
        und oder aber denn sondern dass weil wenn als ob obwohl damit während bevor nachdem sowie
        in im an am auf aus bei beim bis durch für gegen hinter mit nach neben ohne seit über um unter von vom vor zu zum zur zwischen ins
        wer wen wem was wann wo warum wieso wie womit
        bin bist ist sind war waren gewesen habe hast hat haben hatte hatten hätte hätten
        werde wird werden wurde wurden geworden worden würde würden kann können konnte konnten könnte
        muss müssen musste mussten soll sollen sollte sollten will wollen wollte wollten darf dürfen
        nicht nichts auch nur noch schon so sehr da dort hier dann doch ja nein etwas alle allem allen alles mehr
        dafür davon dazu darüber nun jetzt wieder immer mal s
        """,
        """
        gehen:ging,gingen,gegangen kommen:kam,kamen,gekommen geben:gab,gaben,gibt,gegeben nehmen:nahm,nahmen,nimmt,genommen
        sehen:sah,sahen,sieht,gesehen essen:ass,assen,isst,gegessen trinken:trank,tranken,getrunken lesen:las,lasen,liest,gelesen
        sprechen:sprach,sprachen,spricht,gesprochen schreiben:schrieb,schrieben,geschrieben bleiben:blieb,blieben,geblieben
        finden:fand,fanden,gefunden fahren:fuhr,fuhren,fährt,gefahren fliegen:flog,flogen,geflogen laufen:lief,liefen,läuft,gelaufen
        bringen:brachte,brachten,gebracht denken:dachte,dachten,gedacht kennen:kannte,kannten,gekannt wissen:wusste,wussten,gewusst
        nennen:nannte,nannten,genannt treffen:traf,trafen,trifft,getroffen helfen:half,halfen,hilft,geholfen lassen:liess,liessen,lässt,gelassen
        liegen:lag,lagen,gelegen sitzen:sass,sassen,gesessen stehen:standen,gestanden tragen:trug,trugen,trägt,getragen tun:getan
        schlafen:schlief,schliefen,schläft,geschlafen ziehen:zog,zogen,gezogen verlieren:verlor,verloren gewinnen:gewann,gewannen,gewonnen
        beginnen:begann,begannen,begonnen sterben:starb,starben,stirbt,gestorben rufen:rief,riefen,gerufen heissen:hiess,hiessen,geheissen
        fallen:fiel,fielen,fällt halten:hielt,hielten,hält,gehalten leihen:lieh,liehen,geliehen steigen:stieg,stiegen,gestiegen
        schneiden:schnitten,geschnitten schliessen:schlossen,geschlossen schlagen:schlug,schlugen,schlägt,geschlagen
        werfen:warf,warfen,wirft,geworfen waschen:wusch,wuschen,wäscht,gewaschen wachsen:wuchs,wuchsen,wächst,gewachsen
        brechen:brach,brachen,bricht,gebrochen bitten:bat,baten,gebeten bieten:bot,boten,geboten schieben:schob,schoben,geschoben
        springen:sprang,sprangen,gesprungen singen:sang,sangen,gesungen sinken:sank,sanken,gesunken schwimmen:schwamm,schwammen,geschwommen
        fangen:fing,fingen,fängt,gefangen laden:lud,luden,lädt,geladen treten:traten,tritt,getreten reiten:ritt,ritten,geritten
        giessen:goss,gossen,gegossen frieren:fror,froren,gefroren heben:hob,hoben,gehoben greifen:griff,griffen,gegriffen
        reissen:riss,rissen,gerissen streiten:stritt,stritten,gestritten weisen:wies,wiesen,gewiesen leiden:litt,litten,gelitten
        entscheiden:entschied,entschieden vergessen:vergass,vergassen,vergisst verstehen:verstand,verstanden
        brennen:brannte,brannten,gebrannt rennen:rannte,rannten,gerannt binden:gebunden
        """,
    ),
    # Not stop words: été (summer), avions (aeroplanes), car (coach), or (gold). Not irregular forms: lit (bed), mort (death), bois (wood).
    "fr": (
        "french",
        "french",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        """
        le la les l un une des du de d au aux à ce cet cette ces c ça cela ceci
        je j tu il elle on nous vous ils elles me m te t se s moi toi lui leur eux soi y en
        mon ma mes ton ta tes son sa ses notre nos votre vos leurs celui celle ceux celles
        et ou mais donc ni que qu si comme quand lorsque lorsqu puisque puisqu parce afin
        dans sur sous par pour avec sans chez vers entre pendant depuis avant après contre dès jusque jusqu selon malgré parmi
        qui quoi dont où quel quelle quels quelles comment pourquoi combien lequel
        être suis es est sommes êtes sont étais était étaient étant sera serai seras seront serait seraient
        soit fut avoir ai as a avons avez ont avais avait avaient ayant eu aura aurai auront aurait auraient ait aie aient eut
        peux peut peuvent pouvait pouvoir pu pourrait pourra dois doit doivent devait devoir devrait
        ne n pas plus moins non oui aussi très trop encore déjà alors ainsi puis même mêmes tout toute tous toutes
        quelque quelques quelqu chaque autre autres aucun aucune rien ici là voici voilà
        """,
        """
        aller:va,vais,vas,vont,allé,allée,allés,allait,allaient,ira,irai,iront,irait faire:fait,faits,fais,font,faisait,fera,ferai,feront,ferait
        venir:vient,viens,viennent,venu,venue,venus,viendra tenir:tient,tiens,tiennent,tenu,tenue voir:vu,vus,vois,voit,voient,verra
        savoir:sait,sais,savent,sachant,saura vouloir:veut,veux,veulent,voulu,voudrais,voudrait prendre:prend,prends,prennent,pris
        mettre:met,mis dire:dit,dis,disent,disait lire:lu,lus,lisent,lisait écrire:écrit,écris,écrite,écrivent,écrivait
        boire:bu,boit,boivent,buvait connaître:connu,connue,connais,connaît,connaissait recevoir:reçu,reçus,reçue,reçoit,reçoivent
        vivre:vécu,vit,vivent naître:né,née,nés,naquit mourir:meurt,meurent,mourut croire:crois,croit,croient perdre:perdu,perdue,perd
        vendre:vendu,vendue,vend ouvrir:ouvert,ouverte offrir:offert,offerte envoyer:envoient,enverra courir:couru
        conduire:conduit apprendre:appris,apprend comprendre:compris,comprend
        """,
    ),
    # Not stop words or irregular forms: vino (wine, came), traje (suit, brought), juego (game, I play).
    "es": (
        "spanish",
        "spanish",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
        """
        el la los las lo un una uno unos unas al del
        yo tú él ella ello nosotros nosotras ellos ellas usted ustedes me te se nos le les mí ti sí conmigo
        mi mis tu tus su sus suyo suya nuestro nuestra nuestros nuestras
        este esta esto estos estas ese esa eso esos esas aquel aquella
        y e o u ni pero mas sino que porque pues si aunque como cuando mientras donde
        a ante bajo con contra de desde durante en entre hacia hasta para por según sin sobre tras
        qué quién quien quienes cuál cual cuales cómo cuándo dónde cuánto cuánta cuántos cuántas
        ser soy eres es somos son era eran fui fue fueron sido sea sean será sería
        estar estoy está estamos están estaba estaban estuve estuvo esté
        haber he has ha hemos han había hubo haya hay
        tener tengo tienes tiene tenemos tienen tenía tuvo tuvieron
        puedo puede pueden podía podría pudo poder debe debo deben
        no también tampoco muy más menos ya aún todavía así tan tanto todo toda todos todas otro otra otros otras
        algo alguien algún alguno alguna algunos algunas nada nadie ningún ninguno ninguna mismo misma cada aquí allí ahí entonces
        """,
        """
        ir:voy,vas,va,vamos,van,iba,iban,ido,iré,irá,irán hacer:hizo,hice,hicieron,hecho,hecha,hago,hará,haré,harán
        venir:vine,vinieron,viene,vienen,vengo decir:dijo,dije,dijeron,dice,dicen,dicho,digo,dirá
        poner:puso,puse,pusieron,pongo querer:quiere,quiero,quieren,quiso,quise
        saber:supo,supe,supieron ver:vio,vi,vieron,visto,veo dar:dio,di,dieron,doy traer:trajo,trajeron,traigo dormir:duerme,duermo,durmió
        pedir:pidió,pide,pido,pidieron jugar:juega,juegan volver:vuelve,vuelvo,vuelto escribir:escrito,escrita
        morir:murió,muere,murieron leer:leyó,leyeron,leído empezar:empieza,empiezo,empecé encontrar:encuentra
        perder:pierde,pierdo pensar:piensa,pienso,piensan sentir:siente,siento,sintió preferir:prefiere,prefiero,prefirió romper:roto,rota
        abrir:abierto,abierta salir:salgo oír:oye,oigo,oyó conocer:conozco conducir:condujo,conduzco seguir:sigue,sigo,siguió costar:cuesta,cuestan
        """,
    ),
    # Not stop words: sei (six, you are), ora (now, hour), stati (been, states).
    # Not irregular forms: letto (bed), corso (course), chiese (churches), dato (datum).
    "it": (
        "italian",
        "italian",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
        """
        il lo la i gli le l un uno una di a da in con su per tra fra d
        del dello della dei degli delle dell al allo alla ai agli alle all dal dallo dalla dai dagli dalle dall
        nel nello nella nei negli nelle nell sul sullo sulla sui sugli sulle sull
        io tu lui lei ella noi voi loro mi ti si ci vi ne me te se ce ve sé m t s c
        mio mia miei mie suo sua suoi sue nostro nostra vostro vostra
        questo questa questi queste quest quello quella quelli quelle quell quel
        e ed o ma però anche anch che perché quindi mentre come quando quand dove né
        chi cosa cos quale quali quanto dov com cui
        essere sono è siamo era ero erano stato stata sia sarà fu
        avere ho hai ha abbiamo hanno aveva avevano avuto avrà
        posso puoi può possiamo possono devo deve devono
        non no sì più meno molto molta poco po tanto così già ancora sempre mai solo qui poi
        tutto tutta tutti tutte tutt altro altra altri altre qualche qualcosa qualcuno ogni nessuno nessun stesso
        sotto sopra prima dopo senza verso contro durante
        """,
        """
        andare:va,vado,vai,vanno,andrò,andrà fare:fa,faccio,fanno,fatto,fatta,fatti,fece,feci,faceva dire:detto,dice,dico,dicono,disse,diceva
        venire:viene,vengo,vengono,venne,verrà vedere:visto,vide,vedrà prendere:preso,prese
        mettere:messo,mise scrivere:scritto,scritta,scrisse leggere:lesse,lessi perdere:perso,persa,perse vivere:vissuto,vissuta,visse
        nascere:nato,nata,nati,nacque morire:morto,morta,muore scegliere:scelto,scelse chiedere:chiesto rimanere:rimasto,rimasta,rimase
        bere:bevuto,beve,bevo,bevono,bevve dare:diede,diedero,dà,danno sapere:so,sai,sa,sanno,seppe,saprà uscire:esce,esco,escono
        tenere:tiene,tengo aprire:aperto,aperta vincere:vinto,vinse spendere:speso decidere:deciso,decisa,decise rispondere:risposto,rispose
        conoscere:conobbe rompere:rotto volere:vuole,voglio,vuoi,vogliono,volle,vorrei,vorrebbe
        """,
    ),
    # The weekdays in full, because "segunda" alone is also "second". Not an irregular form: posto (place).
    "pt": (
        "portuguese",
        "portuguese",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
        """
        o a os as um uma uns umas de do da dos das d em no na nos nas num numa por pelo pela pelos pelas ao aos à às
        para pra com sem sob sobre entre até desde após contra durante
        eu tu ele ela nós eles elas você vocês me te se lhe lhes mim si
        meu minha meus minhas teu tua seu sua seus suas nosso nossa nossos nossas dele dela deles delas
        este esta estes estas isto esse essa esses essas isso aquele aquela
        deste desta desse dessa neste nesta nesse nessa
        e ou mas nem que porque pois porém enquanto quando como onde também
        quem qual quais quanto quantos quê
        ser sou é somos são era eram fui foi foram sido seja sejam será serão seria
        estar estou está estamos estão estava estavam estive
        ter tenho tem temos têm tinha tinham teve tive tido
        haver há havia houve posso pode podemos podem poder deve devem
        não sim muito muita muitos muitas mais menos já ainda só tão assim então aqui ali lá aí
        todo toda todos todas tudo outro outra outros outras algo alguém algum alguma alguns algumas nada ninguém nenhum cada mesmo mesma
        """,
        """
        ir:vai,vou,vão,vamos,ia,iam,ido,irá fazer:fez,fiz,fizeram,feito,feita,faço,fará dizer:disse,disseram,dito,digo,dirá
        vir:veio,vieram,venho,vem,vêm,vindo ver:viu,vi,viram,vejo,vê,veem pôr:pôs,puseram,ponho,põe trazer:trouxe,trouxeram,trago,trará
        dar:deu,dei,deram,dou,dá,dão saber:soube,souberam,sei querer:quis,quiseram ler:leu,li,leio,lê,lido
        escrever:escrito,escrita perder:perco pagar:paguei abrir:aberto,aberta dormir:durmo ouvir:ouço pedir:peço
        ficar:fiquei chegar:cheguei jogar:joguei sair:saiu,saí,saio cair:caiu,caí conseguir:consigo,consegue sentir:sinto preferir:prefiro
        """,
    ),
    # Not stop words: weer (again, weather), haar (her, hair). Not irregular forms: vroeg (early), namen (names), reden (reason).
    "nl": (
        "dutch",
        "dutch",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
        """
        de het een t n der des ten ter
        ik jij je u hij zij ze wij we jullie mij me jou hem ons hen hun zich m zichzelf
        mijn jouw uw zijn onze dit dat deze die degene dezelfde hetzelfde
        en of maar want dus omdat als dan toen terwijl hoewel indien zodat voordat nadat tenzij
        in op aan uit van voor met zonder bij naar om over onder tussen tegen door tot sinds na te per via vanaf binnen buiten tijdens volgens
        wie wat waar waarom wanneer hoe welk welke wiens waarmee waarvoor waarheen waarin waarop
        ben bent is was waren geweest wees heb hebt heeft hebben had hadden gehad
        word wordt worden werd werden geworden zal zult zullen zou zouden kan kun kunt kunnen kon konden
        moet moeten moest moesten mag mogen mocht mochten wil wilt willen wilde wilden
        niet geen niets iets iemand niemand ook nog al alle alles allemaal andere ander elk elke ieder iedere veel meer minder zeer heel
        er hier daar nu toch wel zo zelf reeds steeds altijd ooit nooit ja nee eens
        ervan eraan erin erop ermee daarvan daarin daarop daarmee daarom daarna hiervan hierin heen s
        """,
        """
        gaan:ging,gingen komen:kwam,kwamen doen:deed,deden,gedaan zien:zag,zagen geven:gaf,gaven
        nemen:nam,genomen kopen:kocht,kochten,gekocht denken:dacht,dachten,gedacht brengen:bracht,brachten,gebracht
        schrijven:schreef,schreven,geschreven spreken:sprak,spraken,gesproken eten:at,aten,gegeten drinken:dronk,dronken,gedronken
        lezen:las,lazen lopen:liep,liepen blijven:bleef,bleven,gebleven vinden:vond,vonden,gevonden
        krijgen:kreeg,kregen,gekregen weten:wist,wisten beginnen:begon,begonnen verliezen:verloor,verloren winnen:won,wonnen,gewonnen
        zoeken:zocht,zochten,gezocht slapen:sliep,sliepen rijden:reed,gereden vliegen:vloog,vlogen,gevlogen staan:stond,stonden
        zitten:zat,zaten,gezeten liggen:lag,lagen,gelegen sterven:stierf,stierven,gestorven laten:liet,lieten houden:hield,hielden
        helpen:hielp,hielpen,geholpen dragen:droeg,droegen vertrekken:vertrok,vertrokken zeggen:zei,zeiden
        """,
    ),
    # Not a stop word: vår (our, spring).
    "sv": (
        "swedish",
        "swedish",
        "januari februari mars april maj juni juli augusti september oktober november december",
        "måndag tisdag onsdag torsdag fredag lördag söndag",
        """
        en ett den det de denna detta dessa
        jag du han hon hen vi ni man mig dig honom henne oss er dem sig mej dej
        min mitt mina din ditt dina sin sitt sina vårt våra ert era hans hennes dess deras
        och eller men för så att som om när då eftersom medan fast innan än också samt utan varken
        i på av till från med vid hos över under mellan mot genom efter före kring bland enligt åt in ut upp ned ner ur per via trots
        vad vem vilka vilken vilket vems var vart varför hur varifrån
        är vara varit vore har ha haft hade ska skall skulle kan kunna kunde vill ville måste bör borde blir bli blev blivit
        inte icke ej ingen inget inga någon något några all allt alla annan annat andra varje båda mycket mer mest många
        här där nu sedan redan bara ju väl själv själva samma sådan sådant sådana ändå även alltid aldrig ja nej dit hit igen
        """,
        """
        gå:går,gick,gått komma:kom,kommit se:ser,såg,sett ge:ger,gav,gett ta:tar,tog,tagit äta:ätit dricka:drack,druckit skriva:skrev,skrivit
        säga:sa,sade,sagt veta:visste göra:gjorde,gjort få:får,fick,fått stå:står,stod,stått ligga:låg,legat sitta:satt,suttit
        sova:sovit springa:sprang,sprungit finna:fann,funnit vinna:vann,vunnit flyga:flög,flugit dö:dör,dog,dött hålla:höll,hållit
        falla:föll,fallit låta:lät,låtit bryta:bröt,brutit välja:valde,valt sälja:sålde,sålt dra:drog,dragit förstå:förstår,förstod,förstått
        """,
    ),
    # Not irregular forms: brød (bread), bar, så and ved, each of them more often another word.
    "da": (
        "danish",
        "danish",
        "januar februar marts april maj juni juli august september oktober november december",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
        """
        en et den det de denne dette disse
        jeg du han hun vi i man mig dig ham hende os jer dem sig
        min mit mine din dit dine sin sit sine vor vort vore vores jeres hans hendes dens dets deres
        og eller men for så at som om når da fordi mens skønt hvis end også samt hverken der
        på af til fra med ved hos over under mellem mod gennem efter før omkring blandt ifølge ad ind ud op ned uden per via trods siden
        hvad hvem hvilke hvilken hvilket hvor hvorfor hvordan hvornår hvorfra
        er være været var har have haft havde skal skulle kan kunne vil ville må måtte bør burde bliver blive blev blevet
        ikke ej ingen intet nogen noget nogle al alt alle anden andet andre hver hvert begge meget mere mest mange
        her nu allerede bare kun jo vel selv samme sådan sådant sådanne dog endnu altid aldrig ja nej igen
        """,
        """
        gå:går,gik,gået se:ser,set give:gav tage:tog drikke:drak,drukket skrive:skrev,skrevet sige:sagde,sagt
        vide:vidste,vidst gøre:gjorde,gjort få:får,fik,fået stå:står,stod,stået ligge:lå sidde:sad
        finde:fandt,fundet vinde:vandt,vundet flyve:fløj,fløjet dø:døde vælge:valgte,valgt sælge:solgte,solgt
        hjælpe:hjalp,hjulpet bringe:bragte,bragt spørge:spurgte,spurgt synge:sang,sunget forstå:forstår,forstod
        """,
    ),
    # Not a stop word: vår (our, spring).
    "nb": (
        "norwegian",
        "norwegian",
        "januar februar mars april mai juni juli august september oktober november desember",
        "mandag tirsdag onsdag torsdag fredag lørdag søndag",
        """
        en ei et den det de denne dette disse
        jeg du han hun hen vi dere man meg deg ham henne oss dem seg
        min mi mitt mine din di ditt dine sin sitt sine vårt våre deres hans hennes dens dets
        og eller men for så at som om når da fordi mens hvis enn også samt verken å der
        i på av til fra med ved hos over under mellom mot gjennom etter før rundt blant ifølge inn ut opp ned uten per via siden
        hva hvem hvilke hvilken hvilket hvor hvorfor hvordan hvorfra
        er være vært var har ha hatt hadde skal skulle kan kunne vil ville må måtte bør burde blir bli ble blitt
        ikke ingen intet ingenting noen noe all alt alle annen annet andre hver hvert begge mye mer mest mange
        her nå allerede bare kun jo vel selv samme sånn slik slike likevel ennå alltid aldri ja nei igjen dit hit
        """,
        """
        gå:går,gikk,gått komme:kom se:ser,sett gi:gir,ga,gav,gitt ta:tar,tok,tatt drikke:drakk,drukket skrive:skrev,skrevet si:sier,sa,sagt
        vite:vet,visste,visst gjøre:gjorde,gjort få:får,fikk,fått stå:står,sto,stod,stått ligge:lå sitte:satt
        løpe:løpt finne:fant,funnet vinne:vant,vunnet fly:fløy,fløyet dø:døde,dødd falle:falt velge:valgte,valgt
        selge:solgte,solgt hjelpe:hjalp,hjulpet bringe:brakte,brakt spørre:spurte,spurt synge:sang,sunget dra:dro,dratt forstå:forstår,forsto,forstått
        """,
    ),
    # Not stop words: yksi (one), which names a quantity, as Finnish has no article, and voi (can, butter).
    "fi": (
        "finnish",
        "finnish",
        "tammikuu helmikuu maaliskuu huhtikuu toukokuu kesäkuu heinäkuu elokuu syyskuu lokakuu marraskuu joulukuu",
        "maanantai tiistai keskiviikko torstai perjantai lauantai sunnuntai",
        """
        minä minun minut minua minussa minulla minulle mä mun sinä sinun sinut sinua sinulla sinulle sä sun
        hän hänen hänet häntä hänellä hänelle me meidän meidät meitä meillä meille te teidän teidät teitä teillä teille
        he heidän heidät heitä heillä heiltä heille
        se sen sitä siinä siitä siihen sillä siltä sille ne niiden niitä niissä niistä niillä niille
        tämä tämän tätä tässä tästä tähän tällä tälle nämä näiden näitä näissä näistä tuo tuon tuota nuo
        itse joka jonka jota jossa josta johon jolla jolle jotka joiden joita joissa
        ja tai vai mutta vaan sekä että jos kun koska kuin vaikka eli niin myös
        mikä minkä mitä missä mistä mihin millä miksi milloin miten kuka kenen ketä kenellä kuinka millainen mitkä
        olla olen olet on olemme olette ovat olin olit oli olimme olivat ollut olleet olisi olisin ole
        en et ei emme ette eivät älä voin voit voivat voisi voida
        ennen jälkeen kanssa ilman yli alle kohti mukaan välillä vastaan takia varten asti
        nyt sitten jo vielä vain kyllä juuri aina täällä siellä tuolla hyvin kaikki kaikkien kaikkea
        joku jonkun jotain jotakin jokin jokainen muu muut muita muun sama samat sellainen tällainen
        """,
        "",
    ),
    "ru": (
        "russian",
        "russian",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "понедельник вторник среда четверг пятница суббота воскресенье",
        """
        я ты он она оно мы вы они меня мне мной тебя тебе тобой его ему им нем него её ее ей нее
        нас нам нами вас вам их ими них себя себе
        мой моя моё мое мои моего моей моих мою
        свой своя свое свои своего своей своих наш наше наши ваш
        этот эта это эти этого этой этому этим этом эту этих тот та то те того той тем том ту тех
        и а но или да ни что чтобы если хотя потому поэтому как когда пока так также тоже же ли бы
        в на с к о об от ото до из у за для по под над без при про через перед между после около
        кто кого кому чего чему чем где куда откуда почему зачем какой какая какое какие каких
        который которая которое которые которого которой которых сколько
        быть был была было были буду будет будут есть будто могу может могут мог можно нужно
        не нет ну вот вон уже ещё еще только лишь даже ведь там тут здесь тогда сейчас теперь очень
        весь вся всё все всего всей всему всем всех всю сам другой
        такой такая такое такие никто ничего всегда
        """,
        "",
    ),
    "pl": (
        "polish",
        "polish",
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
        "poniedziałek wtorek środa czwartek piątek sobota niedziela",
        """
        ja ty on ona ono my wy oni one mnie mi cię ci tobie jego go jemu mu nim niego niemu jej ją nią niej
        nas nam nami was wam ich im nich nimi je nie siebie się sobie
        mój moja moje moi twój twoja
        swój swoja swoje nasz nasza wasz
        ten ta to te tego tej temu tym tę tą tych tymi
        i a oraz ale lub albo czy że żeby aby by jeśli jeżeli gdy gdyż bo ponieważ więc jak jako niż ani
        w we na z ze do od ode dla o po pod nad przed przez przy za u bez między około ku według
        kto kogo kim co czego czym gdzie kiedy dlaczego skąd dokąd jaki jaka jakie
        który która które którego której którą których ile
        być jestem jesteś jest jesteśmy są był była było byli były będę będzie będziemy będą
        mieć mam masz ma mamy mają miał miała mieli może mogę mogą można trzeba
        nic nikt tak też także już jeszcze tylko nawet tu tutaj tam teraz wtedy bardzo bardziej zawsze nigdy no
        wszystko wszyscy wszystkie każdy każda każde inny inna inne sam sama samo ktoś coś taki taka takie jakiś
        """,
        "",
    ),
    "cs": (
        "czech",
        "czech",
        "leden únor březen duben květen červen červenec srpen září říjen listopad prosinec",
        "pondělí úterý středa čtvrtek pátek sobota neděle",
        """
        já ty on ona ono my vy mě mne mi mně tě ti jeho ho mu jím něm něho ním jí ji ni ní
        nás nám vás vám jich jim nich nim je se si sebe sobě
        můj moje mé svůj svém své náš naše její jejich
        ten ta to té toho tomu tom tím tu těch tento tato toto tyto této
        a i ale nebo či že aby kdyby když pokud protože neboť proto tedy jak jako než ani však takže jestli zda
        v ve na z ze do od ode pro o po pod nad před přes při za u bez mezi kolem k ke ku s během kvůli proti
        kdo koho co čeho kde kdy proč odkud kam jaký jaká jaké
        který která které kolik
        být jsem jsi jsme jste jsou byl byla bylo byli byly budu bude budeme budou bych by bychom není
        mít mám máš máme máte mají měl měla měli může můžu můžeme mohl lze musí musím
        ne nic nikdo ano tak také taky už již ještě jen jenom tady zde tam teď pak potom velmi více vždy nikdy
        vše všechno všichni každý každá jiný sám někdo něco takový nějaký
        """,
        "",
    ),
    # Not stop words: hét (seven, week), hat (six, affects).
    "hu": (
        "hungarian",
        "hungarian",
        "január február március április május június július augusztus szeptember október november december",
        "hétfő kedd szerda csütörtök péntek szombat vasárnap",
        """
        a az egy ez ezt ezek ezeket ennek ebben ebből erre erről ezzel ezért azt azok azokat annak abban abból arra arról azzal azért
        én te ő mi ti ők ön önök engem őt minket őket nekem neked neki nekünk nekik
        velem veled vele velünk velük rólam róla tőlem tőle hozzá rám rád rá nála
        magam maga magát maguk saját
        és s vagy de hanem hogy ha mert mivel mint míg amíg bár tehát azonban illetve valamint pedig sem se is
        ki kit kinek kivel kik mit minek mikor hol hova hová honnan miért hogyan mennyi hány melyik melyiket milyen
        aki akit akinek akik ami amit amelyek amely ahol ahova amikor ahogy amilyen
        vagyok van vagyunk vannak voltam volt voltak leszek lesz leszünk lesznek lenne legyen lett lenni volna nincs
        fog fogok fogja kell kellett lehet lehetett tud
        alatt fölött felett előtt után között mellett mögött nélkül által szerint felé óta miatt helyett során számára ellen keresztül át
        nem ne igen már még csak itt ott most akkor így úgy ilyen olyan nagyon mindig soha sosem minden mindenki mindent
        valaki valami valamit senki semmi más másik mások többi ugyanaz meg el fel le be össze vissza ide oda
        """,
        "",
    ),
    # Not a stop word: mai (more, May). Words with ș and ț stand here with the older cedilla letters as well, because both are typed.
    "ro": (
        "romanian",
        "romanian",
        "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
        "luni marți miercuri joi vineri sâmbătă duminică",
        """
        un o unui unor niște nişte al a ai ale cel cea cei cele celor lui
        eu tu el ea noi voi ei ele mine tine mă te se ne vă îl îi le mie ție ţie îmi îți îţi își îşi ni vi li mi ți ţi și şi l i s m v n
        meu mea mei tău ta tăi său sa săi nostru noastră noastre lor
        acest această acești aceşti aceste acestui acesta aceasta acestea acel acea acei acele asta ăsta astea
        sau ori dar iar însă ci că să dacă deși deşi pentru când cât ca decât nici deci
        de la în din dintre pe cu fără prin între spre către sub peste după până despre lângă contra înainte
        ce cine cui care cum unde câte câtă
        sunt ești eşti este e suntem erai era erau fost fi fie fiind
        am avem au avea aveau are aș aş ar ați aţi vei va vom vor
        poate pot poți poţi putem puteți pută putea trebuie
        nu da nimic nimeni foarte tot toată toți toţi toate alt altă alte cineva ceva fiecare orice
        aici acolo acum atunci așa aşa prea doar numai chiar încă deja mereu niciodată apoi
        """,
        "",
    ),
    # What follows the apostrophe of a proper name (Ankara'da) arrives as a word of its own; un (flour) and ten (skin) stay out.
    "tr": (
        "turkish",
        "turkish",
        "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık",
        "pazartesi salı çarşamba perşembe cuma cumartesi pazar",
        """
        bir bu şu o bunu şunu onu buna şuna ona bunun şunun onun bunda onda bundan ondan bunlar şunlar onlar bunları onları bunların onların onlara
        ben sen biz siz beni seni bizi sizi bana sana bize size bende sende bizde sizde benden senden bizden sizden benim senin bizim sizin
        kendi kendim kendin kendisi kendisini kendine kendimi böyle şöyle öyle
        ve ile veya ya yahut ama fakat ancak çünkü ki eğer ise de da hem ne oysa yani diye rağmen
        için gibi kadar göre karşı beri önce sonra dolayı üzere üzerinde üzerine içinde içine arasında hakkında tarafından
        kim kimi kime kimin kimler neden niçin niye nasıl nerede nereye nereden hangi hangisi kaç neyi neye
        mi mı mu mü idi imiş iken değil var yok vardı yoktu
        olan olarak oldu olduğu olduğunu olur olmak olmuş olacak olsa olsun olup oluyor etti eden eder ediyor
        çok daha en az pek bile artık hala henüz zaten sadece yine gene hep hiç her herkes hepsi bazı birçok birkaç biri başka diğer
        şey şimdi burada orada evet hayır
        dan den ta te tan ı i a e ye yı yi yu ın in nın nin nun nün na yla yle dır dir
        """,
        "",
    ),
    "el": (
        "greek",
        "greek",
        "ιανουάριοσ φεβρουάριοσ μάρτιοσ απρίλιοσ μάιοσ ιούνιοσ ιούλιοσ αύγουστοσ σεπτέμβριοσ οκτώβριοσ νοέμβριοσ δεκέμβριοσ",
        "δευτέρα τρίτη τετάρτη πέμπτη παρασκευή σάββατο κυριακή",
        """
        ο η το οι τα του τησ των τον την τη τουσ τισ ένασ ένα μια μία ενόσ μιασ έναν
        στο στην στη στον στα στουσ στισ στησ
        εγώ εσύ αυτόσ αυτή αυτό εμείσ εσείσ αυτοί αυτέσ αυτά αυτού αυτήσ αυτών αυτόν αυτήν αυτούσ εμένα εσένα με μου μασ σου σασ σε
        εκείνοσ εκείνη εκείνο εκείνα δικό δική
        και κι ή είτε αλλά όμωσ μα ούτε ότι πωσ που αν εάν όταν ενώ γιατί επειδή καθώσ αφού μέχρι σαν όπωσ όπου παρά άρα λοιπόν
        από απ για γι προσ κατά μετά χωρίσ αντί περί μεταξύ πριν έωσ ωσ μέσα έξω πάνω κάτω πίσω
        ποιοσ ποια ποιο ποιοι ποιον τι πότε πού πώσ πόσο πόση πόσα οποίοσ οποία οποίο οποίοι όσο όσοι όσα
        είμαι είσαι είναι είμαστε είστε ήμουν ήταν
        έχω έχεισ έχει έχουμε έχετε έχουν είχα είχε είχαμε είχαν θα να ασ μπορώ μπορεί μπορούμε μπορούν πρέπει έπρεπε
        δεν δε μην μη όχι ναι πολύ πιο πλέον ήδη ακόμα ακόμη μόνο επίσησ εδώ εκεί τώρα τότε πάντα ποτέ έτσι πάλι
        όλοσ όλη όλο όλοι όλεσ όλα όλουσ κάθε κάποιοσ κάποια κάποιο κάποιοι κάτι τίποτα κανείσ καμία κανένα άλλοσ άλλη άλλο άλλοι άλλεσ άλλα
        σ τ ν μ θ
        """,
        "",
    ),
    "uk": (
        "ukrainian",
        None,
        "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
        "понеділок вівторок середа четвер п'ятниця субота неділя",
        """
        я ти він вона воно ми ви вони мене мені тебе тобі його йому нього ньому її їй нею неї ній
        нас нам вас вам їх їм них себе собі
        мій моя моє мої мого моєї мою
        свій своя своє свої свого своєї своїх наш наша наше наші ваш ваша
        цей ця це ці цього цієї цьому цим цю цій цих той та те ті того тієї тому тим ту тій тих
        і й а але або чи що щоб якщо хоча бо оскільки адже як коли поки так також теж же би б ні отже ніж
        в у на з із зі до від для по під над без при про через перед між після біля проти за к о об
        хто кого чого чому де куди звідки навіщо який яка яке які яких скільки
        бути був була було були буду буде будуть є можу може можемо можуть міг можна треба
        не немає ну ось вже уже ще тільки лише навіть там тут тоді зараз тепер дуже більш менш
        весь вся все всі всього усе усі всіх сам сама само самі інший інша інше інші
        такий така таке такі хтось щось ніхто нічого ніколи завжди кожен
        """,
        "",
    ),
    # Not stop words: set (seven, thirst), deu (ten, must), mes (my, month).
    "ca": (
        "catalan",
        "catalan",
        "gener febrer març abril maig juny juliol agost setembre octubre novembre desembre",
        "dilluns dimarts dimecres dijous divendres dissabte diumenge",
        """
        el la els les l lo un una uns unes en na de del dels d a al als per pel pels
        jo tu ell ella nosaltres ells elles vostè vostès em et es ens us m t s n me te se li ho hi mi si
        meu meva meus meves teu teva seu seva seus seves nostre nostra nostres tes son sa ses
        aquest aquesta aquests aquell aquella aquells això allò
        i o ni però sinó que perquè doncs com quan mentre on encara també ja tampoc
        amb sense sobre sota entre fins des cap contra durant davant dins abans després
        què qui quin quina quins quines quant
        ser soc ets és som sou són era érem eren sent sigui serà
        estar estic estàs està estem esteu estan
        haver he has ha hem heu han havia havien hagi
        tenir tinc tens té tenim tenen vaig vas va vam van
        puc pots pot poden podia podria poder cal
        no sí molt molta molts moltes més menys poc tan tant així aquí allà allí ara llavors només sempre mai
        tot tota tots totes altre altra altres algú algun alguns algunes res ningú cada mateix
        """,
        "",
    ),
    # Stemmed in arabic.py. Stop words need no second spelling without hamza, and none with و before them. Irregular forms are broken plurals.
    # Not stop words: أيام (days), سنة (year), واحد (one).
    "ar": (
        "arabic",
        None,
        "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر",
        "الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد",
        """
        أنا نحن أنت أنتم هو هي هما هم هن
        هذا هذه هذان هؤلاء ذلك تلك أولئك ذاك هنا هناك هنالك
        الذي التي الذين اللذان اللاتي
        من في على إلى عن مع حتى منذ مذ خلال بين عند لدى قبل بعد فوق تحت أمام وراء حول ضد دون بدون نحو عبر ضمن
        منه منها منهم مني منك فيه فيها فيهم عليه عليها عليهم علينا عليك إليه إليها إليهم إلينا إليك عنه عنها عنهم معه معها معهم معي معنا معك
        له لها لهم لي لك لنا لكم به بها بهم بي بك بنا لديه لديها لديهم لدي لدينا لديك عنده عندها عندي عندنا عندك
        و أو ثم أم لكن بل إن أنه أنها أنهم أنني أنك أننا لأن لأنه لأنها لعل ليت إذا إذ لو لولا كي لكي حيث بينما عندما كلما طالما
        ما ماذا متى أين كيف لماذا لما كم أي أية هل لمن بماذا فيم مما عما مم
        كان كانت كانوا كنت كنا يكون تكون أكون نكون يكونون ستكون سيكون كن ليس ليست لست ليسوا
        قد لقد سوف لا لم لن ألا إنما نعم كلا بلى غير سوى
        كل كلها كلهم بعض جميع كلتا أيضا جدا فقط الآن إذن مثل ذات ذو نفس نفسه نفسها كما كذلك هكذا لذلك لهذا
        """,
        """
        بيت:بيوت كتاب:كتب ولد:أولاد طفل:أطفال رجل:رجال صديق:أصدقاء طبيب:أطباء مدير:مدراء عميل:عملاء زبون:زبائن ضيف:ضيوف جار:جيران ابن:أبناء
        بنت:بنات عم:أعمام
        شهر:أشهر,شهور يوم:أيام أسبوع:أسابيع سنة:سنوات,سنين عام:أعوام دقيقة:دقائق وقت:أوقات موعد:مواعيد تاريخ:تواريخ
        درس:دروس طالب:طلاب مدرسة:مدارس سؤال:أسئلة جواب:أجوبة كلب:كلاب قطة:قطط طائر:طيور سمكة:أسماك
        تقرير:تقارير مشروع:مشاريع خطة:خطط عقد:عقود مكتب:مكاتب مصنع:مصانع مخزن:مخازن متجر:متاجر سوق:أسواق سعر:أسعار مبلغ:مبالغ رقم:أرقام عدد:أعداد
        عنوان:عناوين هاتف:هواتف جهاز:أجهزة حاسوب:حواسيب برنامج:برامج نظام:أنظمة خادم:خوادم جدول:جداول خبر:أخبار رسالة:رسائل صورة:صور فيلم:أفلام
        أغنية:أغاني لعبة:ألعاب
        قلم:أقلام ورقة:أوراق باب:أبواب نافذة:نوافذ غرفة:غرف مفتاح:مفاتيح كرسي:كراسي حديقة:حدائق شجرة:أشجار زهرة:زهور,أزهار شقة:شقق طابق:طوابق
        مطبخ:مطابخ
        شارع:شوارع طريق:طرق مدينة:مدن قرية:قرى دولة:دول جبل:جبال نهر:أنهار جسر:جسور مطعم:مطاعم فندق:فنادق طبق:أطباق فنجان:فناجين سكين:سكاكين
        تذكرة:تذاكر سفينة:سفن قارب:قوارب دواء:أدوية مرض:أمراض حبة:حبوب سن:أسنان عين:عيون قلب:قلوب قدم:أقدام ضرس:أضراس
        لون:ألوان شكل:أشكال حجم:أحجام نوع:أنواع ثوب:ثياب قميص:قمصان حذاء:أحذية معطف:معاطف حقيبة:حقائب هدية:هدايا عيد:أعياد
        هدف:أهداف فكرة:أفكار حل:حلول مشكلة:مشاكل خطأ:أخطاء سبب:أسباب شرط:شروط بند:بنود قانون:قوانين حق:حقوق بنك:بنوك قسط:أقساط ضريبة:ضرائب
        فاتورة:فواتير
        عامل:عمال قطعة:قطع جزء:أجزاء جانب:جوانب
        """,
    ),
}
