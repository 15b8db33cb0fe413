"""CITATIONS: the full reference behind each DOI that a method carries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from metaan.core.diagnostic_citations import DIAGNOSTIC_CITATIONS
from metaan.core.measure_citations import MEASURE_CITATIONS

CITATIONS: Mapping[str, str] = MappingProxyType(
    {
        "10.1002/9781119536604.ch6": "Higgins JPT, Li T, Deeks JJ. Choosing effect measures and "
        "computing estimates of effect. In: Cochrane Handbook for Systematic Reviews of "
        "Interventions. 2nd ed. Wiley; 2019:143–176",
        "10.3102/10769986006002107": "Hedges LV. Distribution theory for Glass's estimator of "
        "effect size and related estimators. J Educ Stat 1981;6:107–128",
        "10.2307/2530610": "Katz D, Baptista J, Azen SP, Pike MC. Obtaining confidence intervals "
        "for the risk ratio in cohort studies. Biometrics 1978;34:469–474",
        "10.1111/j.1469-1809.1955.tb01348.x": "Woolf B. On estimating the relation between blood "
        "group and disease. Ann Hum Genet 1955;19:251–253",
        "10.1016/0197-2456(86)90046-2": "DerSimonian R, Laird N. Meta-analysis in clinical "
        "trials. Control Clin Trials 1986;7:177–188",
        "10.6028/jres.087.022": "Paule RC, Mandel J. Consensus values and weighting factors. "
        "J Res Natl Bur Stand 1982;87:377–385",
        "10.3102/10769986030003261": "Viechtbauer W. Bias and efficiency of meta-analytic "
        "variance estimators in the random-effects model. J Educ Behav Stat 2005;30:261–293",
        "10.1002/(SICI)1097-0258(19960330)15:6<619::AID-SIM188>3.0.CO;2-A": "Hardy RJ, Thompson "
        "SG. A likelihood approach to meta-analysis with random effects. Stat Med "
        "1996;15:619–629",
        "10.1002/sim.791": "Hartung J, Knapp G. On tests of the overall treatment effect in "
        "meta-analysis with normally distributed responses. Stat Med 2001;20:1771–1782",
        "10.1002/sim.1482": "Knapp G, Hartung J. Improved tests for a random effects "
        "meta-regression with a single covariate. Stat Med 2003;22:2693–2710",
        "10.1186/s12874-015-0091-1": "Röver C, Knapp G, Friede T. Hartung-Knapp-Sidik-Jonkman "
        "approach and its modification for random-effects meta-analysis with few studies. "
        "BMC Med Res Methodol 2015;15:99",
        "10.1002/sim.7140": "Partlett C, Riley RD. Random effects meta-analysis: coverage "
        "performance of 95% confidence and prediction intervals following REML estimation. "
        "Stat Med 2017;36:301–317",
        "10.1111/j.1467-985X.2008.00552.x": "Higgins JPT, Thompson SG, Spiegelhalter DJ. "
        "A re-evaluation of random-effects meta-analysis. J R Stat Soc A 2009;172:137–159",
        "10.1037/0033-2909.93.2.388": "Hedges LV. A random effects model for effect sizes. "
        "Psychol Bull 1983;93:388–395",
        "10.1177/1094428117741966": "Brannick MT, Potter SM, Benitez B, Morris SB. Bias and "
        "precision of alternate estimators in meta-analysis: benefits of blending Schmidt–Hunter "
        "and Hedges approaches. Organ Res Methods 2019;22:490–514",
        "10.1111/j.1467-9876.2005.00489.x": "Sidik K, Jonkman JN. Simple heterogeneity variance "
        "estimation for meta-analysis. J R Stat Soc C 2005;54:367–384",
        "10.1080/01621459.1983.10477920": "Morris CN. Parametric empirical Bayes inference: "
        "theory and applications. J Am Stat Assoc 1983;78:47–55",
        "10.1016/j.cct.2006.04.004": "DerSimonian R, Kacker R. Random-effects model for "
        "meta-analysis of clinical trials: an update. Contemp Clin Trials 2007;28:105–114",
        "10.1002/jrsm.1081": "Jackson D. Confidence intervals for the between-study variance in "
        "random effects meta-analysis using generalised Cochran heterogeneity statistics. "
        "Res Synth Methods 2013;4:220–229",
        "10.1002/sim.3428": "Biggerstaff BJ, Jackson D. The exact distribution of Cochran's "
        "heterogeneity statistic in one-way random effects meta-analysis. "
        "Stat Med 2008;27:6093–6110",
        "10.2307/2533558": "Kenward MG, Roger JH. Small sample inference for fixed effects from "
        "restricted maximum likelihood. Biometrics 1997;53:983–997",
        "10.1002/sim.4029": "Henmi M, Copas JB. Confidence intervals for random effects "
        "meta-analysis and robustness to publication bias. Stat Med 2010;29:2969–2983",
        "10.1002/sim.2514": "Viechtbauer W. Confidence intervals for the amount of "
        "heterogeneity in meta-analysis. Stat Med 2007;26:37–52",
        "10.1002/sim.1186": "Higgins JPT, Thompson SG. Quantifying heterogeneity in a "
        "meta-analysis. Stat Med 2002;21:1539–1558",
        "10.1007/s11121-013-0377-7": "Borenstein M, Higgins JPT. Meta-analysis and subgroups. "
        "Prev Sci 2013;14:134–143",
        "10.1002/sim.4780140406": "Berkey CS, Hoaglin DC, Mosteller F, Colditz GA. A "
        "random-effects regression model for meta-analysis. Stat Med 1995;14:395–411",
        "10.1093/jnci/22.4.719": "Mantel N, Haenszel W. Statistical aspects of the analysis of "
        "data from retrospective studies of disease. J Natl Cancer Inst 1959;22:719–748",
        "10.2307/2531052": "Robins J, Breslow N, Greenland S. Estimators of the Mantel-Haenszel "
        "variance consistent in both sparse data and large-strata limiting models. "
        "Biometrics 1986;42:311–323",
        "10.2307/2530643": "Greenland S, Robins JM. Estimation of a common effect parameter from "
        "sparse follow-up data. Biometrics 1985;41:55–68",
        "10.1016/s0033-0620(85)80003-7": "Yusuf S, Peto R, Lewis J, Collins R, Sleight P. Beta "
        "blockade during and after myocardial infarction: an overview of the randomized trials. "
        "Prog Cardiovasc Dis 1985;27:335–371",
        "10.1093/biomet/72.1.91": "Tarone RE. On heterogeneity tests based on efficient scores. "
        "Biometrika 1985;72:91–95",
        "10.1002/sim.4040": "Stijnen T, Hamza TH, Özdemir P. Random effects meta-analysis of "
        "event outcome in the framework of the generalized linear mixed model with applications "
        "in sparse data. Stat Med 2010;29:3046–3067",
        "10.1002/1097-0258(20001230)19:24<3417::AID-SIM614>3.0.CO;2-L": "Turner RM, Omar RZ, "
        "Yang M, Goldstein H, Thompson SG. A multilevel model framework for meta-analysis of "
        "clinical trials with binary outcomes. Stat Med 2000;19:3417–3432",
        "10.1002/sim.7588": "Jackson D, Law M, Stijnen T, Viechtbauer W, White IR. A comparison "
        "of seven random-effects models for meta-analyses that estimate the summary odds ratio. "
        "Stat Med 2018;37:1059–1085",
        "10.1002/jrsm.5": "Hedges LV, Tipton E, Johnson MC. Robust variance estimation in "
        "meta-regression with dependent effect size estimates. Res Synth Methods 2010;1:39–65",
        "10.1080/07350015.2016.1247004": "Pustejovsky JE, Tipton E. Small-sample methods for "
        "cluster-robust variance estimation and hypothesis testing in fixed effects models. "
        "J Bus Econ Stat 2018;36:672–683",
        "10.3102/1076998615606099": "Tipton E, Pustejovsky JE. Small-sample adjustments for "
        "tests of moderators and model fit using robust variance estimation in meta-regression. "
        "J Educ Behav Stat 2015;40:604–634",
        "10.1002/jrsm.11": "Viechtbauer W, Cheung MW-L. Outlier and influence diagnostics for "
        "meta-analysis. Res Synth Methods 2010;1:112–125",
        "10.1056/NEJM199207233270406": "Lau J, Antman EM, Jimenez-Silva J, Kupelnick B, Mosteller "
        "F, Chalmers TC. Cumulative meta-analysis of therapeutic trials for myocardial "
        "infarction. N Engl J Med 1992;327:248–254",
        "10.1093/aje/kwp014": "Welton NJ, Caldwell DM, Adamopoulos E, Vedhara K. Mixed treatment "
        "comparison meta-analysis of complex interventions: psychological interventions in "
        "coronary heart disease. Am J Epidemiol 2009;169:1158–1165",
        "10.1002/bimj.201800167": "Rücker G, Petropoulou M, Schwarzer G. Network meta-analysis of "
        "multicomponent interventions. Biom J 2020;62:808–821",
        "10.1002/jrsm.1058": "Rücker G. Network meta-analysis, electrical networks and "
        "graph theory. Res Synth Methods 2012;3:312–324",
        "10.1002/jrsm.1044": "Higgins JPT, Jackson D, Barrett JK, Lu G, Ades AE, White IR. "
        "Consistency and inconsistency in network meta-analysis: "
        "concepts and models for multi-arm studies. Res Synth Methods "
        "2012;3:98–110",
        "10.1002/sim.6001": "König J, Krahn U, Binder H. Visualizing the flow of evidence "
        "in network meta-analysis and characterizing mixed treatment "
        "comparisons. Stat Med 2013;32:5414–5429",
        "10.1002/sim.8158": "Efthimiou O, Rücker G, Schwarzer G, Higgins JPT, Egger M, "
        "Salanti G. Network meta-analysis of rare events using the "
        "Mantel-Haenszel method. Stat Med 2019;38:2992–3012",
        "10.1002/sim.9346": "Davies AL, Papakonstantinou T, Nikolakopoulou A, Rücker G, "
        "Galla T. Network meta-analysis and random walks. Stat Med "
        "2022;41:2091–2114",
        "10.1002/sim.10177": "Rücker G, Papakonstantinou T, Nikolakopoulou A, Schwarzer G, "
        "Galla T, Davies AL. Shortest path or random walks? A "
        "framework for path contributions in network meta-analysis. "
        "Stat Med 2024;43:4287–4304",
        "10.1002/sim.9562": "Evrenoglou T, White IR, Afach S, Mavridis D, Chaimani A. "
        "Network meta-analysis of rare events using penalized "
        "likelihood regression. Stat Med 2022;41:5203–5219",
        "10.1002/jrsm.57": "Chaimani A, Salanti G. Using network meta-analysis to "
        "evaluate the existence of small-study effects in a network "
        "of interventions. Res Synth Methods 2012;3:161–176",
        "10.1016/S0895-4356(97)00049-8": "Bucher HC, Guyatt GH, Griffith LE, Walter SD. "
        "The results of direct and indirect treatment comparisons in meta-analysis "
        "of randomized controlled trials. J Clin Epidemiol "
        "1997;50:683–691",
        "10.1136/bmj.315.7109.629": "Egger M, Davey Smith G, Schneider M, Minder C. Bias in meta- "
        "analysis detected by a simple, graphical test. BMJ "
        "1997;315:629–634",
        "10.1177/0272989X13485157": "Dias S, Sutton AJ, Welton NJ, Ades AE. Evidence synthesis "
        "for decision making 3: heterogeneity—subgroups, meta- "
        "regression, bias, and bias-adjustment. Med Decis Making "
        "2013;33:618–640",
        "10.1186/1471-2288-13-35": "Krahn U, Binder H, König J. A graphical tool for locating "
        "inconsistency in network meta-analyses. BMC Med Res Methodol "
        "2013;13:35",
        "10.1198/016214505000001302": "Lu G, Ades AE. Assessing evidence inconsistency in mixed "
        "treatment comparisons. J Am Stat Assoc 2006;101:447–459",
        "10.12688/f1000research.14770.3": "Papakonstantinou T, Nikolakopoulou A, Rücker G, "
        "Chaimani A, Schwarzer G, Egger M, Salanti G. Estimating the contribution "
        "of studies in network meta-analysis: paths, flows and "
        "streams. F1000Research 2018;7:610",
        **DIAGNOSTIC_CITATIONS,
        **MEASURE_CITATIONS,
    }
)


def cite(dois: Iterable[str]) -> tuple[str, ...]:
    """Return the references of some DOIs, each once, in the order of their first mention.

    A DOI without an entry is its own reference.
    """
    unique = dict.fromkeys(doi for doi in dois if doi)
    return tuple(f"{CITATIONS[doi]}. doi:{doi}" if doi in CITATIONS else f"doi:{doi}"
                 for doi in unique)  # fmt: skip


def marks(dois: Iterable[str]) -> dict[str, str]:
    """Return the mark of each DOI in a text, `` [1]``, in the order of `cite`; none for ""."""
    unique = dict.fromkeys(doi for doi in dois if doi)
    return {"": "", **{doi: f" [{number}]" for number, doi in enumerate(unique, start=1)}}
