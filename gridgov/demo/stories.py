"""What the people of the sample district report: invented texts by class."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """A kind of report: class, words with {place}, what the worker writes afterwards."""

    category: str
    text: str
    done: str


STORIES: tuple[Story, ...] = (
    Story("0101", "{place}旁边堆了好几袋垃圾，几天没人收，苍蝇很多。", "已清走垃圾并冲洗地面。"),
    Story("0106", "{place}门口垃圾桶满了，袋子都堆到路上了。", "已清运，并加密到每天两次。"),
    Story("0201", "{place}门口下水井盖不见了，小朋友放学要经过。", "已换上新井盖，周边已围护。"),
    Story("0202", "{place}那盏路灯坏了半个月，晚上老人散步好危险。", "已更换灯头，恢复照明。"),
    Story("0203", "{place}路中间有个大坑，昨晚一辆摩托差点摔了。", "坑洞已用沥青修补平整。"),
    Story("0206", "{place}渠口塞咗成个星期，污水冒出嚟，好臭。", "已疏通管道，清出淤泥。"),
    Story("0301", "{place}几家店把桌椅摆出马路，行人要走车道。", "已劝导店家收回桌椅。"),
    Story("0302", "{place}路口长期停满车，消防车进不来。", "车辆已移走，并加划禁停线。"),
    Story("0303", "{place}共享单车倒了一地，轮椅过不去。", "单车已归位。"),
    Story("0103", "运泥车把泥洒在{place}路上，一下雨就很滑。", "路面已冲洗干净。"),
    Story("0105", "{place}电线杆上贴满小广告。", "小广告已清除。"),
    Story("0304", "{place}消防通道被私家车堵住了。", "已联系车主移车。"),
    Story(
        "0602",
        "{place}楼道里好多电动车在充电，插线板一大堆，迟早出事。",
        "已清理飞线，引导到充电棚。",
    ),
    Story("0104", "{place}河边漂着很多塑料袋和死鱼。", "已打捞漂浮物。"),
    Story("0208", "{place}的健身器材松了，螺丝都露出来。", "已加固并更换螺丝。"),
    Story(
        "0801", "楼上天天半夜拖椅子，说了几次都不听。{place}这边。", "双方已面谈，达成作息约定。"
    ),
    Story(
        "0903",
        "请问外省户口小孩明年想读小学要什么材料？我住{place}。",
        "已电话说明材料和报名时间。",
    ),
)

# Straight to a unit of the district.
UNIT_STORIES: tuple[Story, ...] = (
    Story("0205", "{place}水管爆了，水一直往马路上流。", "管道已修复，恢复供水。"),
    Story("0402", "{place}对面工地半夜一点还在打桩，连续第四晚了。", "已责令停止夜间施工。"),
    Story("0905", "{place}整栋楼停电两个小时了。", "已更换跌落保险，恢复供电。"),
    Story("0501", "{place}这边晚上有刺鼻的塑料味，窗都不敢开。", "已现场检测，责令企业整改。"),
)
