"""The sandwich by its definition, with whole k x k matrices, loops and eigenvectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaan.core.arrays import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Dense:
    """A design, weights, working variances and labels of clusters."""

    x: Floats
    w: Floats
    phi: Floats
    labels: list[object]

    @property
    def bread(self) -> Floats:
        """``(X'W X)^-1``."""
        return np.linalg.inv(self.x.T @ np.diag(self.w) @ self.x)

    @property
    def leaving(self) -> Floats:
        """``I - H``."""
        return np.eye(len(self.w)) - self.x @ self.bread @ self.x.T @ np.diag(self.w)

    def members(self) -> list[list[int]]:
        """Return the positions of each cluster's studies."""
        return [
            [i for i, label in enumerate(self.labels) if label == one]
            for one in dict.fromkeys(self.labels)
        ]

    def adjustment(self, members: list[int]) -> Floats:
        """Return A of one cluster by Pustejovsky and Tipton's eq. 8."""
        phi = np.diag(self.phi)
        root = np.sqrt(np.diag(self.phi[members]))
        rest = self.leaving[members]
        values, vectors = np.linalg.eigh(root @ rest @ phi @ rest.T @ root)
        inverse = [value**-0.5 if value > 1e-10 else 0.0 for value in values]
        return root @ vectors @ np.diag(inverse) @ vectors.T @ root

    def influences(self, adjusted: bool) -> list[Floats]:
        """Return, for each cluster, the p x k matrix that takes y to its score times the bread."""
        found = []
        for members in self.members():
            a = self.adjustment(members) if adjusted else np.eye(len(members))
            weights = np.diag(self.w[members])
            found.append(self.bread @ self.x[members].T @ weights @ a @ self.leaving[members])
        return found

    def covariance(self, y: Floats, adjusted: bool) -> Floats:
        """Return the robust covariance of the coefficients of effects y."""
        scores = [influence @ y for influence in self.influences(adjusted)]
        return sum((np.outer(s, s) for s in scores), np.zeros((self.x.shape[1],) * 2))

    def expected(self, adjusted: bool) -> Floats:
        """Return its mean if effects are independent with the working variances."""
        phi = np.diag(self.phi)
        return sum(each @ phi @ each.T for each in self.influences(adjusted))

    def freedom(self, contrast: Floats, adjusted: bool) -> float:
        """Return Satterthwaite's degrees of freedom from the m x m matrix of covariances."""
        rows = np.array([contrast @ each for each in self.influences(adjusted)])
        between = rows @ np.diag(self.phi) @ rows.T
        return float(np.trace(between) ** 2 / np.sum(between**2))

    def hotelling(self, contrasts: Floats, adjusted: bool) -> float:
        """Return eta by summing variances of quadratic forms one by one."""
        influences = [contrasts @ each for each in self.influences(adjusted)]
        phi, q = np.diag(self.phi), len(contrasts)
        mean = sum(each @ phi @ each.T for each in influences)
        values, vectors = np.linalg.eigh(mean)
        turn = vectors @ np.diag(values**-0.5) @ vectors.T
        influences = [turn @ each for each in influences]
        total = 0.0
        for s in range(q):
            for t in range(q):
                # D_st = y'A y with A the symmetric part; Var = 2 tr(A Phi A Phi)
                form = sum(np.outer(each[s], each[t]) for each in influences)
                half = (form + form.T) / 2 @ phi
                total += 2 * np.trace(half @ half)
        return q * (q + 1) / total
