"""The tables of step 5, a module for each part of the sandbox."""

from workbench.trials.models.knowledge import CapabilityProposal as CapabilityProposal
from workbench.trials.models.mappings import Crosswalk as Crosswalk
from workbench.trials.models.mappings import CrosswalkDecision as CrosswalkDecision
from workbench.trials.models.mappings import Mapping as Mapping
from workbench.trials.models.mappings import MappingVersion as MappingVersion
from workbench.trials.models.mirror import ApprovedHost as ApprovedHost
from workbench.trials.models.mirror import ConnectorSecret as ConnectorSecret
from workbench.trials.models.mirror import MirrorSnapshot as MirrorSnapshot
from workbench.trials.models.mirror import MirrorSource as MirrorSource
from workbench.trials.models.mirror import OverlayEdit as OverlayEdit
from workbench.trials.models.mirror import Pull as Pull
from workbench.trials.models.plans import PlanCheck as PlanCheck
from workbench.trials.models.plans import PlanRehearsal as PlanRehearsal
from workbench.trials.models.plans import PromotionPlan as PromotionPlan
from workbench.trials.models.reconciliations import Disposition as Disposition
from workbench.trials.models.reconciliations import TrialRun as TrialRun
from workbench.trials.models.reconciliations import Weakness as Weakness
from workbench.trials.models.runs import MappingRun as MappingRun
