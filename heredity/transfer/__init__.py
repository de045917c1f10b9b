"""Transfer: what starting from inherited weights was worth, against a control from random weights.

The metrics are those of Taylor & Stone (JMLR 10, 2009), Wołczyk et al. (Continual World, NeurIPS 2021) and Agarwal et
al. (rliable, NeurIPS 2021). The unit of inference is a run, that is a member of an arm, never an episode.
"""
