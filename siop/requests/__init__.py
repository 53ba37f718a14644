"""What happens if we say yes? A customer's request, judged before the room is swayed."""

from siop.requests.asked import Asked, Line, Minimum, of_ledger, parse_asked, read_asked
from siop.requests.names import customers, months, products
from siop.requests.policies import POLICIES, request_impact
from siop.requests.precedent import precedent, precedent_sentence, seen_before
from siop.requests.promise import available_to_promise
from siop.requests.report import ANSWERS, request
from siop.requests.sentences import answer_sentence, answers, decision_options, headline, question

__all__ = [
    "ANSWERS",
    "POLICIES",
    "Asked",
    "Line",
    "Minimum",
    "answer_sentence",
    "answers",
    "available_to_promise",
    "customers",
    "decision_options",
    "headline",
    "months",
    "of_ledger",
    "parse_asked",
    "precedent",
    "precedent_sentence",
    "products",
    "question",
    "read_asked",
    "request",
    "request_impact",
    "seen_before",
]
