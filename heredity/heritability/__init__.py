"""Heritability: how much of what set the parents apart do their children show?

The breeder's equation is R = h² S (Mühlenbein & Schlierkamp-Voosen, Evolutionary Computation 1(4), 1993): S is by how
much the parents exceed the population that they were taken from, R by how much their children exceed the children of
members taken at random. Where a study has no such children, fresh weights are the baseline of both, and R / S says what
share of the parents' lead over fresh weights their children have. `baseline` says which it was.
"""

from heredity.heritability.estimates import Heritability as Heritability
from heredity.heritability.estimates import heritability as heritability
from heredity.heritability.stored import stored_heritability as stored_heritability
