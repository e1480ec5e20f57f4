"""Negations before a quote: what reverses a passage, in each language, and what does not."""

import tomllib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.evidence import denial
from evaluator.evidence.denial import DENIAL_REACH
from evaluator.evidence.languages import languages, told_by
from evaluator.words import folded_words


def is_denied(text: str) -> bool:
    """Tell whether what stands behind the bar is denied."""
    before, bar, after = text.partition("¦")
    assert bar
    return denied_at(before + after, len(before))


def denied_at(text: str, start: int, around: str = "") -> bool:
    """Tell whether what begins at `start` is denied, its language told by the text or else by `around`."""
    return denial.is_denied(text, start, lambda: told_by(folded_words(text), folded_words(around)))


@pytest.mark.parametrize(
    "text",
    [
        "I have no ¦experience with Kafka.",
        "No experience with ¦Kafka in production",
        "I have never worked with ¦Kafka in production",
        "I don't ¦run Kafka in production",
        "I haven’t ¦run Kafka in production",
        "No hands-on practice with the ¦Kafka of our team",
        "Worked without ¦knowledge of Kafka",
        "neither Docker nor ¦Kubernetes in production",
        "A CV that lacks any ¦experience with Kafka",
        "Ich habe keine Erfahrung mit ¦Kafka und der Cloud",
        "Kafka habe ich nicht ¦im Betrieb und der Praxis genutzt",
        "Jag har inte ¦arbetat med Kafka och andra verktyg",
        "Jeg har ikke ¦arbejdet med Kafka og andre værktøjer",
        "Je n'ai pas ¦travaillé avec Kafka et les autres",
        "sans ¦expérience de Kafka dans les équipes",
        "Trabajé sin ¦experiencia con Kafka y los demás",
        "Não tenho ¦experiência com Kafka e os outros",
        "Non ho ¦esperienza con Kafka e gli altri",
        "Ik heb geen ¦ervaring met Kafka en het platform",
        "Nie mam ¦doświadczenia z Kafka oraz pracy przy produkcji",
    ],
)
def test_negation_before_a_passage_denies_it(text: str) -> None:
    """A negation or a word of lack before the passage, in its clause, turns it round."""
    assert is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "¦No experience with Kafka",
        "There was no budget. ¦Ran Kafka in production",
        "There was no budget, ¦ran Kafka in production",
        "There was no budget; ¦ran Kafka",
        "There was no budget\n¦Ran Kafka",
        "There was no budget – ¦ran Kafka",
        "(with no budget) ¦ran Kafka",
        "Moved it without downtime and ¦led the team of five",
        "Umzug ohne Ausfall und ¦die Leitung der Gruppe",
        "Not only ¦led the team of five",
        "Nicht nur ¦die Leitung der Gruppe und der Technik",
        "No solo ¦dirigió el equipo con los demás y las otras",
        "Noted the ¦migration to Kafka",
        "notre ¦migration et les serveurs",
    ],
)
def test_negation_elsewhere_does_not(text: str) -> None:
    """A negation inside the quote, in another clause, or taken back leaves the passage as it is."""
    assert not is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "I have no experience\n¦running Kafka clusters in production",
        "I have no experience\n  running ¦Kafka clusters in production",
        "I have no experience\r\n¦running Kafka clusters in production",
        "I have not yet worked with\n¦Kafka clusters in production",
        "I have not yet worked with the\n¦Kafka clusters in production",
        "I have never set up or\n¦run Kafka clusters in production",
        "no experience with Kafka,\n¦Spark, or Flink clusters",
        "Ich habe keine Erfahrung mit\n¦Kafka im Betrieb und der Cloud",
        "Ich habe nie Kafka oder\n¦Spark im Betrieb und der Cloud genutzt",
    ],
)
def test_line_that_goes_on_is_one_clause(text: str) -> None:
    """A line break before a small letter, or behind a word that no line ends with, ends no clause."""
    assert is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "No fixed location\n¦Ran Kafka in production",
        "No fixed location\r\n¦Ran Kafka in production",
        "No fixed location.\n¦ran Kafka in production",
        "No fixed location\n\n¦ran Kafka in production",
        "No fixed location\n- ¦ran Kafka in production",
        "No fixed location\n• ¦ran Kafka in production",
        "No fixed location\no ¦ran Kafka in production",
        "No fixed location\na) ¦ran Kafka in production",
        "I have no PMP,\n¦Ran three Kafka clusters or more",
        "Driving licence: none\n¦Ran Kafka in production",
    ],
)
def test_line_of_its_own_ends_the_clause(text: str) -> None:
    """Capitals, blank lines, list signs and full stops begin something new."""
    assert not is_denied(text)


def test_negation_far_before_is_out_of_reach() -> None:
    """Beyond a few words a negation no longer bears on the passage."""
    assert is_denied("In the job never " + "w " * (DENIAL_REACH - 1) + "¦ran the cluster")
    assert not is_denied("In the job never " + "w " * DENIAL_REACH + "¦ran the cluster")


@pytest.mark.parametrize(
    "text",
    [
        "Trabalhei no ¦projeto de Kafka com uma equipa e os clientes",
        "Ledde sin ¦egen grupp med ansvar för drift och support på natten",
        "Heeft pas ¦twee jaar ervaring met het beheer van een platform en voor teams",
    ],
)
def test_word_of_another_language_denies_nothing(text: str) -> None:
    """`no`, `sin` and `pas` deny in their own language, and are small words of others."""
    assert not is_denied(text)


def test_every_language_counts_where_none_is_ahead() -> None:
    """A line too short to tell its language is held to the negations of all."""
    assert all(is_denied(text) for text in ("no ¦Kafka", "keine ¦Kafka", "sin ¦Kafka", "sans ¦Kafka"))


@given(st.text(max_size=60), st.data())
def test_any_text_is_taken(text: str, data: st.DataObject) -> None:
    """No text breaks the search, and at the beginning of a text nothing is denied."""
    start = data.draw(st.integers(0, len(text)))

    assert denied_at(text, start) in (True, False)
    assert denied_at(text, 0) is False


TABLE = list(tomllib.loads(files("evaluator.evidence").joinpath("denials.toml").read_text(encoding="utf-8")))

DENIED = {
    "en": [
        "Little ¦experience with Kafka in production",
        "Little experience with ¦Kafka clusters in production",
        "I have very little ¦experience with Kafka",
        "I have limited ¦experience with Kafka in production",
        "Currently learning how to ¦run Kafka in production",
        "I am learning to ¦run Kafka in production",
        "I am planning to learn ¦Kafka streams in production",
        "I plan to learn ¦Kafka streams in production",
        "I have no Kafka, nor have I ¦run Spark in production",
        "I have no problem solving ¦experience in the field",
        "I did not help ¦run Kafka in production",
        "I have not yet formally led ¦teams of five engineers",
        "My job has not allowed me to ¦run Kafka in production",
        "I have not worked before with ¦Kafka in production",
        "I have not worked so far with ¦Kafka in production",
        "I have not had a problem with Kafka as I have not ¦used it in production",
        "No experience with: ¦Kafka streams in production",
        "No experience with: Kafka, ¦Spark on large clusters",
        "No experience with:\n- ¦Kafka streams in production",
        "no experience with Kafka, ¦Spark, or Flink clusters",
        "no experience with Kafka, Spark, or ¦Flink clusters",
        "I have no experience with Kafka, ¦Apache Spark or Flink clusters",
        "I have a degree, no experience with Kafka, ¦Spark, or Flink clusters",
        "no practice with central lines, ¦chest drains, or arterial lines",
        "I have zero ¦Kafka streams in production",
        "I have zero experience with ¦Kafka streams",
        "I was unable to ¦run Kafka in production",
        "Unable ¦to run Kafka in production",
        "I would like to ¦run Kafka in production",
        "I'd like to learn ¦Kafka streams in production",
        "I would ¦like to learn Kafka streams",
        "I am eager to learn ¦Kafka streams in production",
        "I haven\u02bct ¦run Kafka in production",
        "I have not yet ¦run Kafka in production",
        "I havent ¦run Kafka in production",
        "I dont have any ¦experience with Kafka",
        "I have hardly any ¦experience with Kafka",
    ],
    "de": [
        "Ich habe kaum ¦Erfahrung mit Kafka",
        "Keine Erfahrung mit: ¦Kafka im Betrieb",
        "Nie habe ich ¦Kafka im Betrieb genutzt",
        "Keine Erfahrung als ¦Leitung einer Station",
        "Keine Erfahrung mit Kafka, ¦Spark oder Flink im Betrieb",
        "Ich habe keine(n) ¦Umgang mit Kafka",
        "ohne ¦Kafka im Betrieb",
    ],
    "fr": [
        "Je n'ai pas ¦travaillé avec Kafka",
        "Je n\u02bcai guère ¦travaillé avec Kafka",
        "pas d'expérience en ¦Kafka",
        "Aucun(e) ¦expérience avec Kafka",
        "Aucune ¦expérience en production",
        "Je n'ai pas d'expérience avec Kafka, ¦Spark ou Flink en production",
        "Pas d'expérience avec : ¦Kafka en production",
        "J'aimerais apprendre ¦Kafka en production",
        "sans ¦expérience en production",
    ],
    "es": [
        "No tengo ¦experiencia con Kafka",
        "Sin ¦experiencia en Kafka",
        "No he trabajado con Kafka, ¦Spark o Flink en producción",
        "Sin experiencia con: ¦Kafka en producción",
        "Me gustaría aprender ¦Kafka en producción",
        "No tengo ninguna ¦experiencia con Kafka",
    ],
    "pt": [
        "Nunca ¦trabalhei com Kafka",
        "Não tenho ¦experiência com Kafka",
        "Sem experiência com Kafka, ¦Spark ou Flink em produção",
        "Gostaria de aprender ¦Kafka em produção",
    ],
    "it": [
        "Non ho ¦esperienza con Kafka",
        "Nessuna ¦esperienza in produzione",
        "Non ho esperienza con Kafka, ¦Spark o Flink in produzione",
        "Vorrei imparare ¦Kafka in produzione",
    ],
    "nl": [
        "Ik heb geen ¦ervaring met Kafka",
        "Geen ervaring met: ¦Kafka in productie",
        "Ik heb geen ervaring met Kafka, ¦Spark of Flink in productie",
    ],
    "sv": [
        "Jag har ingen ¦erfarenhet av Kafka",
        "Ingen erfarenhet av Kafka, ¦Spark eller Flink i drift",
        "Jag vill lära mig ¦Kafka i drift",
    ],
    "da": [
        "Jeg har ingen ¦erfaring med Kafka",
        "Uden ¦erfaring med Kafka",
        "Jeg har ikke erfaring med Kafka, ¦Spark eller Flink i drift",
        "Jeg vil gerne lære ¦Kafka i drift",
        "Jeg har aldri ¦jobbet med Kafka",
    ],
    "pl": [
        "Nie mam ¦doświadczenia z Kafka",
        "Brak ¦doświadczenia w pracy z Kafka",
        "Nie mam doświadczenia z Kafka, ¦Spark lub Flink na produkcji",
        "Chcę się nauczyć ¦Kafka na produkcji",
    ],
}  # fmt: skip

HONEST = {
    "en": [
        "There was no monitoring before I ¦introduced Prometheus and Grafana",
        "There was no CI so I ¦built Jenkins pipelines",
        "With no budget we ¦ran three Kafka clusters",
        "I used machine learning to ¦predict the load of Kafka",
        "No incidents since I ¦rebuilt the Kafka cluster",
        "No incidents since ¦rebuilding the Kafka cluster",
        "Without supervision I ¦ran the night shift",
        "Without supervision ¦ran the night shift",
        "I had no problems ¦running Kafka in production",
        "I had no problem ¦running Kafka in production",
        "Without any issues ¦ran Kafka in production",
        "Without help ¦ran Kafka in production",
        "Lack of documentation led me to ¦write the Kafka handbook",
        "Nobody knew Kafka until I ¦set up the cluster",
        "Not on call because we ¦automated the Kafka failover",
        "There were no alerts when I ¦took over the Kafka cluster",
        "There was no runbook, while I ¦was there I wrote one",
        "No outages while ¦running Kafka in production",
        "There was no monitoring before we ¦introduced Prometheus and Grafana",
        "Not a manager, but ¦ran Kafka in production for 5 years",
        "Not a manager but ¦ran Kafka in production for 5 years",
        "I have no PMP, ¦ran three Kafka clusters",
        "I have no PMP, ¦ran three Kafka clusters, two of them at a bank",
        "I have no PMP, ¦ran Kafka or Pulsar clusters for 5 years",
        "Not only ran it but also ¦led the Kafka team",
        "no fewer than ¦five Kafka clusters in production",
        "No ¦fewer than five Kafka clusters in production",
        "Not without ¦success in running Kafka",
        "There was no lack of ¦Kafka practice in the job",
        "I never failed to ¦deliver a Kafka release",
        "Migrated with zero downtime ¦the Kafka clusters of the bank",
        "Grew it from zero to ¦three Kafka clusters",
        "I would like to bring my ¦experience with Kafka to you",
        "I would like to mention that I ¦ran Kafka at a bank",
        "There was no budget: ¦ran Kafka in production",
        "Known for SANS courses in ¦incident handling and forensics",
        "At a non-profit I ¦ran the Kafka clusters",
        "Led the sem campaign and was head of ¦search for the shop",
        "Wrote the docs, ¦ran Kafka, or Pulsar where it fit",
    ],
    "de": [
        "Ohne fremde Hilfe habe ich die ¦Station geleitet",
        "Ohne Hilfe habe ich die ¦Station geleitet",
        "Es gab kein Monitoring, bevor ich ¦Prometheus eingeführt habe",
        "Es gab kein Monitoring bevor ich ¦Prometheus eingeführt habe",
        "Es gab keine Pipeline deshalb ¦habe ich Jenkins aufgebaut",
        "Keine Ausfälle weil ich ¦den Cluster umgebaut habe",
        "Es gab keine Probleme mit ¦Kafka im Betrieb",
        "Ich habe nicht nur die Leitung gehabt, sondern ¦Kafka im Betrieb geführt",
        "nicht weniger als ¦fünf Kafka im Betrieb",
        "Ich habe keinen Titel, ¦habe drei Kafka im Betrieb geführt",
        "Im Mai habe ich ¦Kafka in den Betrieb genommen",
        "nicht ohne ¦Erfolg mit Kafka im Betrieb",
    ],
    "fr": [
        "Il n'y avait pas de CI donc j'ai ¦construit des pipelines Jenkins",
        "Aucune supervision avant que je ¦mette en place Prometheus et Grafana",
        "sans problème ¦dirigé trois clusters Kafka en production",
        "Aucun incident depuis ¦la refonte du cluster Kafka",
        "Sans aide j'ai ¦dirigé le service de nuit",
        "Pas seulement ¦responsable de Kafka, mais aussi de la plateforme",
        "pas moins de ¦cinq clusters Kafka en production",
        "Je n'ai pas de diplôme, ¦ai dirigé trois clusters Kafka",
        "Je ne suis pas manager mais ¦ai dirigé Kafka en production",
        "pas sans ¦succès avec Kafka en production",
    ],
    "es": [
        "No había CI así que ¦construí los pipelines de Jenkins",
        "No había monitorización antes de que yo ¦introdujera Prometheus en la empresa",
        "sin problemas ¦dirigí tres clústeres de Kafka en la empresa",
        "Sin incidentes desde ¦la migración de Kafka en la empresa",
        "Sin ayuda ¦dirigí el turno de noche en la planta",
        "No solo ¦dirigí el equipo, sino que también creé la plataforma",
        "no menos de ¦cinco clústeres de Kafka en la empresa",
        "No tengo título, ¦dirigí tres clústeres de Kafka",
        "No soy jefe pero ¦dirigí Kafka en la empresa",
        "no sin ¦éxito con Kafka en la empresa",
    ],
    "pt": [
        "Trabalhei no ¦projeto de Kafka da empresa com uma equipa",
        "Não só ¦dirigi a equipa, mas também criei a plataforma",
        "Não tenho diploma, ¦dirigi três clusters de Kafka",
        "não sem ¦sucesso com Kafka na empresa",
    ],
    "it": [
        "Non solo ¦diretto il gruppo, ma anche creato la piattaforma",
        "non meno di ¦cinque cluster Kafka in produzione",
        "Non ho un diploma, ¦ho diretto tre cluster Kafka",
        "non senza ¦successo con Kafka in produzione",
    ],
    "nl": [
        "Niet alleen ¦leiding gegeven aan het team, maar ook gebouwd",
        "niet minder dan ¦vijf Kafka clusters in productie",
        "Ik heb geen diploma, ¦heb drie Kafka clusters gedraaid",
        "Heeft pas ¦twee jaar ervaring met het beheer van een platform",
        "niet zonder ¦succes met Kafka in productie",
    ],
    "sv": [
        "Jag har inte bara ¦lett gruppen, utan även byggt plattformen",
        "inte mindre än ¦fem kluster med Kafka i drift",
        "Jag har ingen examen, ¦har drivit tre kluster med Kafka",
        "Ledde sin ¦egen grupp med ansvar för drift på natten",
    ],
    "da": [
        "Jeg har ikke kun ¦ledet gruppen, men også bygget platformen",
        "ikke mindre end ¦fem klynger med Kafka i drift",
        "Jeg har ingen eksamen, ¦har drevet tre klynger med Kafka",
        "ikke uden ¦held med Kafka i drift",
    ],
    "pl": [
        "Nie tylko ¦kierowałem zespołem, ale też budowałem platformę",
        "nie mniej niż ¦pięć klastrów Kafka na produkcji",
        "Nie mam dyplomu, ¦prowadziłem trzy klastry Kafka na produkcji",
        "nie bez ¦sukcesu w pracy z Kafka",
    ],
}  # fmt: skip


@pytest.mark.parametrize("text", [text for each in DENIED.values() for text in each])
def test_denial_is_seen_in_every_language(text: str) -> None:
    """Negations, words of lack, wishes to learn: in short texts, before a colon and over lists."""
    assert is_denied(text)


@pytest.mark.parametrize("text", [text for each in HONEST.values() for text in each])
def test_honest_sentence_is_not_denied_in_any_language(text: str) -> None:
    """What is taken back, twice negated, behind a denied clause, or a word of another language stands."""
    assert not is_denied(text)


def test_every_language_of_the_table_is_tested_both_ways() -> None:
    """A language that is added to the table comes with its sentences."""
    assert len(languages()) == len(DENIED) == len(HONEST)
    assert list(DENIED) == list(HONEST) == TABLE


def test_short_text_is_told_by_the_texts_around_it() -> None:
    """`no` in a Portuguese CV is *in the*, though a line of it is too short to tell."""
    line = "Apoio no projeto Kafka"
    around = "Trabalhei com uma equipa de dez pessoas e os clientes da empresa"

    assert denied_at(line, line.index("projeto"))
    assert not denied_at(line, line.index("projeto"), around)
