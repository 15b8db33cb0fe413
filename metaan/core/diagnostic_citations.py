"""DIAGNOSTIC_CITATIONS: the references behind what tests how far a result can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DIAGNOSTIC_CITATIONS: Mapping[str, str] = MappingProxyType(
    {
        "10.1111/j.0006-341x.2000.00455.x": (
            "Duval S, Tweedie R. Trim and fill: a simple funnel-plot-based method of "
            "testing and adjusting for publication bias in meta-analysis. Biometrics "
            "2000;56:455–463"
        ),
        "10.1080/01621459.2000.10473905": (
            'Duval S, Tweedie R. A nonparametric "trim and fill" method of accounting for '
            "publication bias in meta-analysis. J Am Stat Assoc 2000;95:89–98"
        ),
        "10.1002/sim.2889": (
            "Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L. Performance of the trim "
            "and fill method in the presence of publication bias and between-study "
            "heterogeneity. Stat Med 2007;26:4544–4562"
        ),
        "10.1037/0033-2909.86.3.638": (
            "Rosenthal R. The file drawer problem and tolerance for null results. Psychol "
            "Bull 1979;86:638–641"
        ),
        "10.3102/10769986008002157": (
            "Orwin RG. A fail-safe N for effect size in meta-analysis. J Educ Stat 1983;8:157–159"
        ),
        "10.1111/j.0014-3820.2005.tb01004.x": (
            "Rosenberg MS. The file-drawer problem revisited: a general weighted method for"
            " calculating fail-safe numbers in meta-analysis. Evolution 2005;59:464–468"
        ),
        "10.1177/1740774507079441": (
            "Ioannidis JPA, Trikalinos TA. An exploratory test for an excess of significant"
            " findings. Clin Trials 2007;4:245–253"
        ),
        "10.1016/j.jmp.2013.02.003": (
            "Francis G. Replication, statistical consistency, and publication bias. J Math "
            "Psychol 2013;57:153–169"
        ),
        "10.1027/2151-2604/a000392": (
            "Kossmeier M, Tran US, Voracek M. Power-enhanced funnel plots for "
            "meta-analysis: the sunset funnel plot. Z Psychol 2020;228:43–49"
        ),
        "10.1111/j.0006-341X.1999.00732.x": (
            "Follmann DA, Proschan MA. Valid inference in random effects meta-analysis. "
            "Biometrics 1999;55:732–737"
        ),
        "10.1002/sim.1752": (
            "Higgins JPT, Thompson SG. Controlling the risk of spurious findings from "
            "meta-regression. Stat Med 2004;23:1663–1682"
        ),
        "10.2202/1544-6115.1585": (
            "Phipson B, Smyth GK. Permutation P-values should never be zero: calculating "
            "exact P-values when permutations are randomly drawn. Stat Appl Genet Mol Biol "
            "2010;9:39"
        ),
        "10.3758/BF03206394": (
            "Van den Noortgate W, Onghena P. Parametric and nonparametric bootstrap methods"
            " for meta-analysis. Behav Res Methods 2005;37:11–22"
        ),
        "10.1017/CBO9780511802843": (
            "Davison AC, Hinkley DV. Bootstrap methods and their application. Cambridge "
            "University Press 1997"
        ),
        "10.1214/ss/1032280214": (
            "DiCiccio TJ, Efron B. Bootstrap confidence intervals. Stat Sci 1996;11:189–228"
        ),
        "10.2307/2533446": (
            "Begg CB, Mazumdar M. Operating characteristics of a rank correlation test for "
            "publication bias. Biometrics 1994;50:1088–1101"
        ),
        "10.1002/(SICI)1097-0258(19991030)18:20<2693::AID-SIM235>3.0.CO;2-V": (
            "Thompson SG, Sharp SJ. Explaining heterogeneity in meta-analysis: a comparison"
            " of methods. Stat Med 1999;18:2693–2708"
        ),
        "10.1186/1471-2288-9-2": (
            "Moreno SG, Sutton AJ, Ades AE, et al. Assessment of regression-based methods "
            "to adjust for publication bias through a comprehensive simulation study. BMC "
            "Med Res Methodol 2009;9:2"
        ),
        "10.1002/sim.2380": (
            "Harbord RM, Egger M, Sterne JAC. A modified test for small-study effects in "
            "meta-analyses of controlled trials with binary endpoints. Stat Med "
            "2006;25:3443–3457"
        ),
        "10.1001/jama.295.6.676": (
            "Peters JL, Sutton AJ, Jones DR, Abrams KR, Rushton L. Comparison of two "
            "methods to detect publication bias in meta-analysis. JAMA 2006;295:676–680"
        ),
        "10.1002/sim.698": (
            "Macaskill P, Walter SD, Irwig L. A comparison of methods to detect publication"
            " bias in meta-analysis. Stat Med 2001;20:641–654"
        ),
        "10.1002/sim.2588": (
            "Schwarzer G, Antes G, Schumacher M. A test for publication bias in "
            "meta-analysis with sparse binary data. Stat Med 2007;26:721–733"
        ),
        "10.1016/j.jclinepi.2005.01.016": (
            "Deeks JJ, Macaskill P, Irwig L. The performance of tests of publication bias "
            "and other sample size effects in systematic reviews of diagnostic test "
            "accuracy was assessed. J Clin Epidemiol 2005;58:882–893"
        ),
        "10.1002/jrsm.1332": (
            "Pustejovsky JE, Rodgers MA. Testing for funnel plot asymmetry of standardized "
            "mean differences. Res Synth Methods 2019;10:57–71"
        ),
        "10.1002/sim.2971": (
            "Rücker G, Schwarzer G, Carpenter J. Arcsine test for publication bias in "
            "meta-analyses with binary outcomes. Stat Med 2008;27:746–763"
        ),
        "10.1136/bmj.d4002": (
            "Sterne JAC, Sutton AJ, Ioannidis JPA, et al. Recommendations for examining and"
            " interpreting funnel plot asymmetry in meta-analyses of randomised controlled "
            "trials. BMJ 2011;343:d4002"
        ),
        "10.1002/jrsm.1095": (
            "Stanley TD, Doucouliagos H. Meta-regression approximations to reduce "
            "publication selection bias. Res Synth Methods 2014;5:60–78"
        ),
        "10.1177/1948550617693062": (
            "Stanley TD. Limitations of PET-PEESE and other meta-analysis methods. Soc "
            "Psychol Personal Sci 2017;8:581–591"
        ),
        "10.1016/j.jclinepi.2019.03.012": (
            "Atal I, Porcher R, Boutron I, Ravaud P. The statistical significance of "
            "meta-analyses is frequently fragile: definition of a fragility index for "
            "meta-analyses. J Clin Epidemiol 2019;111:32–40"
        ),
        "10.7326/M16-2607": (
            "VanderWeele TJ, Ding P. Sensitivity analysis in observational research: "
            "introducing the E-value. Ann Intern Med 2017;167:268–274"
        ),
        "10.1016/j.jclinepi.2011.10.009": (
            "Langan D, Higgins JPT, Gregory W, Sutton AJ. Graphical augmentations to the "
            "funnel plot assess the impact of additional evidence on a meta-analysis. J "
            "Clin Epidemiol 2012;65:511–519"
        ),
        "10.1016/j.jclinepi.2011.01.012": (
            "Guyatt GH, Oxman AD, Kunz R, et al. GRADE guidelines 6. Rating the quality of "
            "evidence: imprecision. J Clin Epidemiol 2011;64:1283–1293"
        ),
        "10.1016/j.jclinepi.2022.07.014": (
            "Zeng L, Brignardello-Petersen R, Hultcrantz M, et al. GRADE Guidance 34: "
            "update on rating imprecision using a minimally contextualized approach. J Clin"
            " Epidemiol 2022;150:216–224"
        ),
        "10.1016/j.jclinepi.2011.03.017": (
            "Guyatt GH, Oxman AD, Kunz R, et al. GRADE guidelines: 7. Rating the quality of"
            " evidence: inconsistency. J Clin Epidemiol 2011;64:1294–1302"
        ),
        "10.1016/j.jclinepi.2011.01.011": (
            "Guyatt GH, Oxman AD, Montori V, et al. GRADE guidelines: 5. Rating the quality"
            " of evidence: publication bias. J Clin Epidemiol 2011;64:1277–1282"
        ),
        "10.1038/s41562-020-0912-z": (
            "Simonsohn U, Simmons JP, Nelson LD. Specification curve analysis. Nat Hum "
            "Behav 2020;4:1208–1214"
        ),
        "10.1177/1745691616658637": (
            "Steegen S, Tuerlinckx F, Gelman A, Vanpaemel W. Increasing transparency "
            "through a multiverse analysis. Perspect Psychol Sci 2016;11:702–712"
        ),
        "10.1027/2151-2604/a000357": (
            "Voracek M, Kossmeier M, Tran US. Which data to meta-analyze, and how? A "
            "specification-curve and multiverse-analysis approach to meta-analysis. Z "
            "Psychol 2019;227:64–82"
        ),
        "10.1137/130936233": (
            "Owen AB. Sobol’ indices and Shapley value. SIAM/ASA J Uncertain Quantif "
            "2014;2:245–251"
        ),
        "10.1002/sim.1221": (
            "Baujat B, Mahé C, Pignon JP, Hill C. A graphical method for exploring "
            "heterogeneity in meta-analyses: application to a meta-analysis of 65 trials. "
            "Stat Med 2002;21:2641–2652"
        ),
        "10.3102/10769986010002075": (
            "Raudenbush SW, Bryk AS. Empirical Bayes meta-analysis. J Educ Stat 1985;10:75–98"
        ),
        "10.1002/jrsm.1053": (
            "Olkin I, Dahabreh IJ, Trikalinos TA. GOSH – a graphical display of study "
            "heterogeneity. Res Synth Methods 2012;3:214–223"
        ),
        "10.1145/2535927": (
            "Chazal F, Guibas LJ, Oudot SY, Skraba P. Persistence-based clustering in "
            "Riemannian manifolds. J ACM 2013;60:41"
        ),
        "10.1007/BF02294384": (
            "Vevea JL, Hedges LV. A general linear model for estimating effect size in the "
            "presence of publication bias. Psychometrika 1995;60:419–435"
        ),
        "10.1037/met0000119": (
            "Citkowicz M, Vevea JL. A parsimonious weight function for modeling publication"
            " bias. Psychol Methods 2017;22:28–41"
        ),
        "10.1111/j.1365-2753.2003.00457.x": (
            "Preston C, Ashby D, Smyth R. Adjusting for publication bias: modelling the "
            "selection process. J Eval Clin Pract 2004;10:313–322"
        ),
        "10.1037/1082-989X.10.4.428": (
            "Vevea JL, Woods CM. Publication bias in research synthesis: sensitivity "
            "analysis using a priori weight functions. Psychol Methods 2005;10:428–443"
        ),
        "10.1177/002224379002700209": (
            "Rust RT, Lehmann DR, Farley JU. Estimating publication bias in meta-analysis. "
            "J Mark Res 1990;27:220–226"
        ),
        "10.1037/1082-989X.7.1.105": (
            "Morris SB, DeShon RP. Combining effect size estimates in meta-analysis with "
            "repeated measures and independent-groups designs. Psychol Methods "
            "2002;7:105–125"
        ),
        "10.1093/biostatistics/kxq046": (
            "Rücker G, Schwarzer G, Carpenter JR, Binder H, Schumacher M. Treatment-effect "
            "estimates adjusted for small-study effects via a limit meta-analysis. "
            "Biostatistics 2011;12:122–142"
        ),
        "10.1037/a0033242": (
            "Simonsohn U, Nelson LD, Simmons JP. P-curve: a key to the file-drawer. J Exp "
            "Psychol Gen 2014;143:534–547"
        ),
        "10.1037/xge0000104": (
            "Simonsohn U, Simmons JP, Nelson LD. Better p-curves: making p-curve analysis "
            "more robust to errors, fraud, and ambitious p-hacking, a reply to Ulrich and "
            "Miller (2015). J Exp Psychol Gen 2015;144:1146–1152"
        ),
        "10.1093/biostatistics/1.3.247": (
            "Copas J, Shi JQ. Meta-analysis, funnel plots and sensitivity analysis. "
            "Biostatistics 2000;1:247–262"
        ),
        "10.1177/096228020101000402": (
            "Copas JB, Shi JQ. A sensitivity analysis for publication bias in systematic "
            "reviews. Stat Methods Med Res 2001;10:251–265"
        ),
        "10.1177/1745691616650874": (
            "van Aert RCM, Wicherts JM, van Assen MALM. Conducting meta-analyses based on p"
            " values: reservations and recommendations for applying p-uniform and p-curve. "
            "Perspect Psychol Sci 2016;11:713–729"
        ),
        "10.18637/jss.v036.i03": (
            "Viechtbauer W. Conducting meta-analyses in R with the metafor package. J Stat "
            "Softw 2010;36(3):1–48"
        ),
    }
)
