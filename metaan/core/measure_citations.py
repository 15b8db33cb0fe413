"""MEASURE_CITATIONS: the references behind measures of effect and tools for the risk of bias."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

MEASURE_CITATIONS: Mapping[str, str] = MappingProxyType(
    {
        "10.1002/0471445428": (
            "Fleiss JL, Levin B, Paik MC. Statistical Methods for Rates and Proportions. 3rd "
            "ed. Wiley; 2003"
        ),
        "10.1002/sim.3511": (
            "Rücker G, Schwarzer G, Carpenter J, Olkin I. Why add anything to nothing? The "
            "arcsine difference as a measure of treatment effect in meta-analysis with zero "
            "cells. Stat Med 2009;28:721–738"
        ),
        "10.1214/aoms/1177728730": (
            "Tate RF. Correlation between a discrete and a continuous variable. "
            "Point-biserial correlation. Ann Math Stat 1954;25:603–607"
        ),
        "10.1093/biomet/10.2-3.384": (
            "Soper HE. On the probable error of the bi-serial expression for the correlation "
            "coefficient. Biometrika 1914;10:384–390"
        ),
        "10.1002/jrsm.1218": (
            "Jacobs P, Viechtbauer W. Estimation of the biserial correlation and its sampling "
            "variance for use in meta-analysis. Res Synth Methods 2017;8:161–180"
        ),
        "10.1037/1082-989X.8.4.448": (
            "Sánchez-Meca J, Marín-Martínez F, Chacón-Moscoso S. Effect-size indices for "
            "dichotomized outcomes in meta-analysis. Psychol Methods 2003;8:448–467"
        ),
        "10.1037/0033-2909.117.1.167": (
            "Hasselblad V, Hedges LV. Meta-analysis of screening and diagnostic tests. "
            "Psychol Bull 1995;117:167–178"
        ),
        "10.2307/2340126": (
            "Yule GU. On the methods of measuring association between two attributes. J R "
            "Stat Soc 1912;75:579–652"
        ),
        "10.1111/j.2517-6161.1953.tb00135.x": (
            "Hotelling H. New light on the correlation coefficient and its transforms. J R "
            "Stat Soc B 1953;15:193–232"
        ),
        "10.1214/aoms/1177706717": (
            "Olkin I, Pratt JW. Unbiased estimation of certain correlation coefficients. Ann "
            "Math Stat 1958;29:201–211"
        ),
        "10.1093/biomet/10.4.507": (
            "Fisher RA. Frequency distribution of the values of the correlation coefficient "
            "in samples from an indefinitely large population. Biometrika 1915;10:507–521"
        ),
        "10.5243/jsswr.2013.24": (
            "Aloe AM, Thompson CG. The synthesis of partial effect sizes. J Soc Social Work "
            "Res 2013;4:390–405"
        ),
        "10.1080/00221309.2013.853021": (
            "Aloe AM. An empirical investigation of partial effect sizes in meta-analysis of "
            "correlational data. J Gen Psychol 2014;141:47–64"
        ),
        "10.3102/1076998610396901": (
            "Aloe AM, Becker BJ. An effect size for regression predictors in meta-analysis. J "
            "Educ Behav Stat 2012;37:278–297"
        ),
        "10.1890/0012-9658(1999)080[1150:TMAORR]2.0.CO;2": (
            "Hedges LV, Gurevitch J, Curtis PS. The meta-analysis of response ratios in "
            "experimental ecology. Ecology 1999;80:1150–1156"
        ),
        "10.1111/2041-210X.12309": (
            "Nakagawa S, Poulin R, Mengersen K, et al. Meta-analysis of variation: ecological "
            "and evolutionary applications and beyond. Methods Ecol Evol 2015;6:143–152"
        ),
        "10.1037/0033-2909.118.1.155": (
            "Olkin I, Finn JD. Correlations redux. Psychol Bull 1995;118:155–164"
        ),
        "10.1016/0304-4076(87)90027-3": (
            "Cramer JS. Mean and variance of R² in small and moderate samples. J Econom "
            "1987;35:253–266"
        ),
        "10.1177/1740774506075667": (
            "Zou GY. One relative risk versus two odds ratios: implications for meta-analyses "
            "involving paired and unpaired binary data. Clin Trials 2007;4:25–31"
        ),
        "10.1093/ije/31.1.140": (
            "Elbourne DR, Altman DG, Higgins JPT, Curtin F, Worthington HV, Vail A. "
            "Meta-analyses involving cross-over trials: methodological issues. Int J "
            "Epidemiol 2002;31:140–149"
        ),
        "10.1002/sim.6148": (
            "Fagerland MW, Lydersen S, Laake P. Recommended tests and confidence intervals "
            "for paired binomial proportions. Stat Med 2014;33:2850–2875"
        ),
        "10.1002/sim.1206": (
            "Curtin F, Elbourne D, Altman DG. Meta-analysis combining parallel and cross-over "
            "clinical trials. II: Binary outcomes. Stat Med 2002;21:2145–2159"
        ),
        "10.3102/10769986018003271": (
            "Gibbons RD, Hedeker DR, Davis JM. Estimation of effect size from a series of "
            "experiments involving paired comparisons. J Educ Stat 1993;18:271–279"
        ),
        "10.1111/j.2044-8317.1988.tb00901.x": (
            "Becker BJ. Synthesizing standardized mean-change measures. Br J Math Stat "
            "Psychol 1988;41:257–278"
        ),
        "10.1037/1082-989X.13.2.99": (
            "Bonett DG. Confidence intervals for standardized linear contrasts of means. "
            "Psychol Methods 2008;13:99–109"
        ),
        "10.20982/tqmp.16.4.p418": (
            "Cousineau D. Approximating the distribution of Cohen's d_p in within-subject "
            "designs. Quant Methods Psychol 2020;16:418–421"
        ),
        "10.1890/11-0423.1": (
            "Lajeunesse MJ. On the meta-analysis of response ratios for studies with "
            "correlated and multi-group designs. Ecology 2011;92:2049–2055"
        ),
        "10.1002/jrsm.1423": (
            "Senior AM, Viechtbauer W, Nakagawa S. Revisiting and expanding the meta-analysis "
            "of variation: the log coefficient of variation ratio. Res Synth Methods "
            "2020;11:553–567"
        ),
        "10.1093/biomet/54.1-2.181": (
            "Gart JJ, Zweifel JR. On the bias of various estimators of the logit and its "
            "variance with application to quantal bioassay. Biometrika 1967;54:181–187"
        ),
        "10.1093/biomet/35.3-4.246": (
            "Anscombe FJ. The transformation of Poisson, binomial and negative-binomial data. "
            "Biometrika 1948;35:246–254"
        ),
        "10.1214/aoms/1177729756": (
            "Freeman MF, Tukey JW. Transformations related to the angular and the square "
            "root. Ann Math Stat 1950;21:607–611"
        ),
        "10.2202/1557-4679.1168": (
            "Bagos PG, Nikolopoulos GK. Mixed-effects Poisson regression models for "
            "meta-analysis of follow-up studies with constant or varying durations. Int J "
            "Biostat 2009;5(1):21"
        ),
        "10.1037/a0020142": (
            "Bonett DG. Varying coefficient meta-analytic methods for alpha reliability. "
            "Psychol Methods 2010;15:368–385"
        ),
        "10.1007/BF02291840": (
            "Hakstian AR, Whalen TE. A k-sample significance test for independent alpha "
            "coefficients. Psychometrika 1976;41:219–231"
        ),
        "10.3102/10769986027004335": (
            "Bonett DG. Sample size requirements for testing and estimating coefficient "
            "alpha. J Educ Behav Stat 2002;27:335–340"
        ),
        "10.1007/s10549-010-1295-z": (
            "Ziegler A, Van Steen K, Wellek S. Investigating Hardy-Weinberg equilibrium in "
            "case-control or cohort studies or meta-analysis. Breast Cancer Res Treat "
            "2011;128:197–201"
        ),
        "10.3102/10769986012003241": (
            "Raudenbush SW, Bryk AS. Examining correlates of diversity. J Educ Stat "
            "1987;12:241–269"
        ),
        "10.1037/a0016619": (
            "Bonett DG. Meta-analytic interval estimation for standardized and unstandardized "
            "mean differences. Psychol Methods 2009;14:225–238"
        ),
        "10.1037/0033-2909.111.2.361": (
            "McGraw KO, Wong SP. A common language effect size statistic. Psychol Bull "
            "1992;111:361–365"
        ),
        "10.1148/radiology.143.1.7063747": (
            "Hanley JA, McNeil BJ. The meaning and use of the area under a receiver operating "
            "characteristic (ROC) curve. Radiology 1982;143:29–36"
        ),
        "10.1002/sim.4780090315": (
            "Goddard MJ, Hinberg I. Receiver operator characteristic (ROC) curves and "
            "non-normal data: an empirical study. Stat Med 1990;9:325–337"
        ),
        "10.1098/rsta.1900.0022": (
            "Pearson K. Mathematical contributions to the theory of evolution. VII. On the "
            "correlation of characters not quantitatively measurable. Philos Trans R Soc A "
            "1900;195:1–47"
        ),
        "10.1136/bmj.l4898": (
            "Sterne JAC, Savović J, Page MJ, et al. RoB 2: a revised tool for assessing risk "
            "of bias in randomised trials. BMJ 2019;366:l4898"
        ),
        "10.1136/bmj.d5928": (
            "Higgins JPT, Altman DG, Gøtzsche PC, et al. The Cochrane Collaboration's tool "
            "for assessing risk of bias in randomised trials. BMJ 2011;343:d5928"
        ),
        "10.1136/bmj.i4919": (
            "Sterne JAC, Hernán MA, Reeves BC, et al. ROBINS-I: a tool for assessing risk of "
            "bias in non-randomised studies of interventions. BMJ 2016;355:i4919"
        ),
        "10.7326/0003-4819-155-8-201110180-00009": (
            "Whiting PF, Rutjes AWS, Westwood ME, et al. QUADAS-2: a revised tool for the "
            "quality assessment of diagnostic accuracy studies. Ann Intern Med "
            "2011;155:529–536"
        ),
    }
)
