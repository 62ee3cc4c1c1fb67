// The dumbbell of src/workload.rs in ns-3: so many TCP flows over one link of 100 Mbit/s and 10 ms between two routers.
//
// `cargo xtask bench` compiles it where the package libns3-dev is installed, and runs it with the number of flows. It prints one line of
// JSON: hops (packets delivered across a link), events, and nanoseconds of real time per hop, from half a second on.
// ns-3 runs as its package sets it: without checksums, and with payloads that hold no bytes; both are in its favour.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

using namespace ns3;

static uint64_t g_hops = 0;

static void Delivered(Ptr<const Packet>) {
    ++g_hops;
}

static NetDeviceContainer Connect(PointToPointHelper& helper, Ptr<Node> a, Ptr<Node> b) {
    NetDeviceContainer devices = helper.Install(a, b);
    for (uint32_t index = 0; index < devices.GetN(); ++index) {
        devices.Get(index)->TraceConnectWithoutContext("PhyRxEnd", MakeCallback(&Delivered));
    }
    return devices;
}

static Ipv4InterfaceContainer Number(NetDeviceContainer devices, uint32_t network) {
    Ipv4AddressHelper helper;
    helper.SetBase(Ipv4Address(0x0a000000 + (network << 8)), "255.255.255.0");
    return helper.Assign(devices);
}

int main(int argc, char** argv) {
    const uint32_t flows = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1;
    const uint16_t port = 5001;
    const Time warm_up = MilliSeconds(500);
    const Time end = Seconds(5.5);
    Config::SetDefault("ns3::TcpSocket::SegmentSize", UintegerValue(1448));
    Config::SetDefault("ns3::TcpSocket::SndBufSize", UintegerValue(4 << 20));
    Config::SetDefault("ns3::TcpSocket::RcvBufSize", UintegerValue(4 << 20));

    NodeContainer routers(2), senders(flows), receivers(flows);
    InternetStackHelper stack;
    stack.Install(routers);
    stack.Install(senders);
    stack.Install(receivers);

    PointToPointHelper bottleneck, access;
    bottleneck.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
    bottleneck.SetChannelAttribute("Delay", StringValue("10ms"));
    bottleneck.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("100p"));
    access.SetDeviceAttribute("DataRate", StringValue("1Gbps"));
    access.SetChannelAttribute("Delay", StringValue("10us"));
    access.SetQueue("ns3::DropTailQueue", "MaxSize", StringValue("1000p"));

    uint32_t network = 1;
    Number(Connect(bottleneck, routers.Get(0), routers.Get(1)), network++);
    for (uint32_t flow = 0; flow < flows; ++flow) {
        Number(Connect(access, senders.Get(flow), routers.Get(0)), network++);
        Ipv4InterfaceContainer far = Number(Connect(access, receivers.Get(flow), routers.Get(1)), network++);
        BulkSendHelper source("ns3::TcpSocketFactory", InetSocketAddress(far.GetAddress(0), port));
        source.Install(senders.Get(flow)).Start(MilliSeconds(100.0 * flow / flows));
        PacketSinkHelper sink("ns3::TcpSocketFactory", InetSocketAddress(Ipv4Address::GetAny(), port));
        sink.Install(receivers.Get(flow)).Start(Seconds(0));
    }
    Ipv4GlobalRoutingHelper::PopulateRoutingTables();

    Simulator::Stop(warm_up);
    Simulator::Run();
    const uint64_t hops = g_hops;
    const uint64_t events = Simulator::GetEventCount();
    const auto start = std::chrono::steady_clock::now();
    Simulator::Stop(end - warm_up);
    Simulator::Run();
    const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
    const uint64_t measured = g_hops - hops;
    if (measured == 0) {
        std::cerr << "no packet was delivered: the scenario is wrong\n";
        return 1;
    }
    std::cout << "{\"workload\":\"tcp-" << flows << "\",\"watched\":\"nothing\",\"hops\":" << measured
              << ",\"nanoseconds_per_hop\":" << spent.count() / measured
              << ",\"events_per_hop\":" << double(Simulator::GetEventCount() - events) / measured << "}\n";
    Simulator::Destroy();
    return 0;
}
